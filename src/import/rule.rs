//! A remap rule as one of ours, as far as ours can say it.

use super::remap::{Becomes, RemapRule, Span};
use crate::identify::{Rule, RuleKind, Rules};

/// Why none of our rules says what a remap rule does.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{why}")]
pub struct CannotSay {
    /// Why.
    pub why: String,
    /// What the user can do instead.
    pub hint: Option<String>,
}

/// Our rule for `rule`, whose `tmdb` is still missing (0), and the title that it is to be looked up by.
///
/// # Errors
/// When ours cannot say it.
pub fn draft(rule: &RemapRule) -> Result<(Rule, String), CannotSay> {
    let by_hand = "say what such a viewing is with `discovr-scrobbler match … --always`, once it was watched";
    let cannot = |why: &str| CannotSay { why: why.into(), hint: Some(by_hand.into()) };
    for (name, given) in [
        ("season", rule.seasons.is_some()),
        ("episode", rule.episodes.is_some()),
        ("year", rule.year.is_some()),
    ] {
        if given {
            return Err(cannot(&format!("it fits by its {name}, by which no rule here goes")));
        }
    }
    let title = match &rule.becomes {
        Becomes::Title(title) if title.contains(['{', '}']) => {
            return Err(cannot("its title is put together from the name, so there is no number for it"));
        }
        Becomes::Title(title) => title.clone(),
        Becomes::Trakt(id) => {
            let word = if rule.kind == RuleKind::Movie { "movies" } else { "shows" };
            let kind = if rule.kind == RuleKind::Movie { "movie" } else { "series" };
            return Err(CannotSay {
                why: format!("it names Trakt's {id}, and rules here go by TMDB's numbers"),
                hint: Some(format!(
                    "https://trakt.tv/{word}/{id} links to its page on TMDB: write the number there into a rule, with kind = \
                     \"{kind}\""
                )),
            });
        }
    };
    let is_series = rule.kind == RuleKind::Series;
    let (episode, episode_offset) = match (rule.episode.filter(|_| is_series), rule.episode_delta) {
        (Some(Span { first, last }), _) if first != last => {
            return Err(cannot(
                "it stands for several episodes, and a rule here for one or for those in the name",
            ));
        }
        (Some(Span { first, .. }), delta) => match first.checked_add_signed(delta) {
            Some(episode) => (Some(episode), None),
            None => return Err(cannot("its episode is below 0")),
        },
        (None, 0) => (None, None),
        (None, delta) => (None, Some(delta).filter(|_| is_series)),
    };
    let draft = Rule {
        path: None,
        // The whole path has to fit there.
        regex: rule.path.as_ref().map(|path| format!("^(?:{path})$")),
        title: rule.title.clone(),
        tmdb: 0,
        kind: rule.kind,
        season: rule.season.filter(|_| is_series),
        episode,
        episode_offset,
    };
    match Rules::compile(&[Rule { tmdb: 1, ..draft.clone() }], None) {
        Ok(_) => Ok((draft, title)),
        Err(errors) => Err(CannotSay {
            why: errors.iter().map(|error| error.problem.clone()).collect::<Vec<_>>().join("; "),
            hint: Some(by_hand.into()),
        }),
    }
}

/// `draft` with the number that its title was found under.
#[must_use]
pub fn whole_rule(draft: Rule, tmdb: u64) -> Rule {
    Rule { tmdb, ..draft }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::player::{Location, Media};

    fn remap(path: Option<&str>, title: Option<&str>) -> RemapRule {
        RemapRule {
            file: "remap_rules.toml".into(),
            number: 1,
            path: path.map(Into::into),
            title: title.map(Into::into),
            year: None,
            seasons: None,
            episodes: None,
            kind: RuleKind::Series,
            becomes: Becomes::Title("A Show".into()),
            season: None,
            episode: None,
            episode_delta: 0,
        }
    }

    #[test]
    fn a_path_fits_as_a_whole_and_gives_its_numbers() {
        let rule = RemapRule {
            season: Some(3),
            episode_delta: -12,
            ..remap(Some(r".*/Show/(?P<episode>\d+)\.mkv"), None)
        };
        let (draft, title) = draft(&rule).unwrap();
        assert_eq!(title, "A Show");
        assert_eq!((draft.season, draft.episode_offset), (Some(3), Some(-12)));
        let rules = Rules::compile(&[whole_rule(draft, 7)], None).unwrap();
        let fits = |path: &str| rules.first_fit(&Media::at(Location::File(path.into()))).is_some();
        assert!(fits("/v/Show/13.mkv") && !fits("/v/Show/13.mkv.part") && !fits("/v/Show/x.mkv"));
    }

    #[test]
    fn what_no_rule_says_is_refused_with_its_reason() {
        let span = |first, last| Some(Span { first, last });
        let plain = || remap(None, Some("x"));
        for (rule, why) in [
            (RemapRule { seasons: span(2, 2), ..plain() }, "by its season"),
            (RemapRule { episodes: span(2, 9), ..plain() }, "by its episode"),
            (RemapRule { year: Some(1999), ..plain() }, "by its year"),
            (RemapRule { episode: span(2, 9), ..plain() }, "several episodes"),
            (RemapRule { episode: span(2, 2), episode_delta: -3, ..plain() }, "below 0"),
            (RemapRule { becomes: Becomes::Trakt("a-show".into()), ..plain() }, "Trakt's a-show"),
            (RemapRule { becomes: Becomes::Title("{title} 2".into()), ..plain() }, "put together"),
            (remap(Some("(?=x).*"), None), "no regular expression"),
            (remap(Some(".*"), None), "fits an empty text"),
        ] {
            let refused = draft(&rule).unwrap_err();
            assert!(refused.why.contains(why), "{refused:?}");
            assert!(refused.hint.is_some());
        }
        let one = RemapRule { episode: span(5, 5), episode_delta: -2, ..plain() };
        assert_eq!(draft(&one).unwrap().0.episode, Some(3));
        let movie = RemapRule { kind: RuleKind::Movie, season: Some(1), episode_delta: 1, ..plain() };
        assert!(draft(&movie).is_ok());
    }
}
