//! What other scrobblers and name parsers are known to get wrong. Each name here must come out right or be held, never wrong,
//! and not every one of a kind may be held.

use discovr_scrobbler::identify::{HeldReason, Identification, Identity};
use discovr_scrobbler_support::tmdb::Tmdb;

use crate::bench::{episodes, held, identify, minutes, movie, online};

/// A path, the player's length in minutes (0: it says none), and what it is.
type Case = (&'static str, u64, Identity);

async fn right_or_held(cases: &[Case]) {
    let tmdb = Tmdb::start().await;
    let identifier = online(&tmdb);
    let (mut right, mut verdicts) = (0, Vec::new());
    for (path, length, identity) in cases {
        let length = minutes(*length).filter(|length| !length.is_zero());
        match identify(&identifier, path, length).await {
            Identification::Known(known) => {
                assert_eq!(known.identity, *identity, "{path}: {}", known.label);
                right += 1;
            }
            held @ Identification::Held { .. } => verdicts.push(format!("{path}: {held:?}")),
        }
    }
    assert!(right * 2 >= cases.len(), "more than half are held: {verdicts:#?}");
}

#[tokio::test]
async fn a_word_of_releases_does_not_end_a_title() {
    right_or_held(&[
        ("/v/The.Collector.2009.1080p.BluRay-KELPiE.mkv", 90, movie(13_680)),
        ("/v/The.Convert.2024.720p.WEB-DL.mkv", 119, movie(1_059_128)),
        ("/v/Resident.Evil.The.Final.Chapter.2016.1080p.mkv", 107, movie(173_897)),
        ("/v/The.Good.German.2006.DVDRip.mkv", 105, movie(182)),
        ("/v/Johnny.English.2003.720p.mkv", 87, movie(8427)),
        ("/v/The.Final.Cut.2004.PROPER.DVDRip.mkv", 95, movie(10_053)),
        ("/v/Extended.Family.S01E04.1080p.WEB.mkv", 21, episodes(209_265, 1, &[4])),
        ("/v/Uncut.Gems.2019.UNCUT.1080p.mkv", 136, movie(473_033)),
        ("/v/The.Proper.Read.2016.REPACK.720p.mkv", 97, movie(11_001)),
    ])
    .await;
}

#[tokio::test]
async fn the_name_of_a_site_is_no_title() {
    right_or_held(&[
        ("/v/www.harbourside.example - The Wheel of Time S01E02 720p.mkv", 60, episodes(71_914, 1, &[2])),
        ("/v/[ www.harbourside.example ] Heat.1995.1080p.mkv", 170, movie(949)),
        ("/v/[harbourside.example] Severance.S01E03.mkv", 49, episodes(95_396, 1, &[3])),
        ("/v/www.harbourside.example_Whiplash (2014).mkv", 107, movie(244_786)),
    ])
    .await;
}

#[tokio::test]
async fn a_season_folder_says_that_bare_numbers_are_episodes() {
    right_or_held(&[
        ("/v/Seinfeld/Season 3/16 The Long Queue.avi", 22, episodes(1400, 3, &[16])),
        ("/v/Seinfeld/Season 3/7 - 12 Angry Neighbours.avi", 22, episodes(1400, 3, &[7])),
        ("/v/Lost/Season 2/05.mkv", 43, episodes(4607, 2, &[5])),
        ("/v/Dark/Staffel 1/04 - Doppelleben.mkv", 53, episodes(70_523, 1, &[4])),
    ])
    .await;
}

#[tokio::test]
async fn bare_numbers_after_a_title_are_read_in_more_than_one_way() {
    right_or_held(&[
        ("/v/[K-F] Bleach 214.mkv", 24, episodes(30_984, 1, &[214])),
        ("/v/Futurama.103.720p.mkv", 23, episodes(615, 1, &[3])),
        ("/v/Death Note 21 - 720p.mkv", 23, episodes(13_916, 1, &[21])),
        ("/v/[Kelp] Umi no Hi - 21 [1080p].mkv", 24, episodes(900_001, 2, &[9])),
    ])
    .await;
}

#[tokio::test]
async fn parts_without_a_season_are_a_miniseries() {
    right_or_held(&[
        ("/v/Band of Brothers Part III.mkv", 70, episodes(4613, 1, &[3])),
        ("/v/Band.of.Brothers.Part.3.720p.mkv", 70, episodes(4613, 1, &[3])),
        ("/v/Angels.in.America.3of6.DVDRip.avi", 60, episodes(1781, 1, &[3])),
        ("/v/Chernobyl.E03.1080p.mkv", 65, episodes(87_108, 1, &[3])),
    ])
    .await;
}

#[tokio::test]
async fn blocks_of_chinese_fan_groups_are_taken_apart() {
    right_or_held(&[
        ("/v/[海风字幕组][死亡笔记/Death Note][12][720p].mkv", 23, episodes(13_916, 1, &[12])),
        ("/v/[海风字幕组][海の日/Umi no Hi][12END][720p].mkv", 24, episodes(900_001, 1, &[12])),
        ("/v/[海风字幕组][進撃の巨人][03][1080P].mp4", 24, episodes(1429, 1, &[3])),
        ("/v/【海风字幕组】[葬送のフリーレン][08][1080P].mp4", 24, episodes(209_867, 1, &[8])),
    ])
    .await;
}

#[tokio::test]
async fn a_name_that_looks_well_read_is_not_taken_on_its_word() {
    let tmdb = Tmdb::start().await;
    let identifier = online(&tmdb);
    for path in [
        "/v/Parliament.of.Herons.S02E04.1080p.WEB.H264-KELPiE.mkv",
        "/v/The.Walrus.Commission.2018.1080p.BluRay.x264-KELPiE.mkv",
        "/v/Chernobyl.S03E02.1080p.WEB.H264-KELPiE.mkv",
        "/v/Inception.2.2024.1080p.BluRay.x264-KELPiE.mkv",
    ] {
        let reason = held(&identifier, path, None).await;
        assert!(matches!(reason, HeldReason::NotFound | HeldReason::Ambiguous { .. }), "{path}: {reason:?}");
    }
}

#[tokio::test]
async fn the_first_hit_of_a_search_is_not_taken_for_that_alone() {
    right_or_held(&[
        ("/v/Home (2009).mkv", 93, movie(62_320)),
        ("/v/The Room (2003).mkv", 99, movie(17_473)),
        ("/v/Ghosts.2019.S02E03.mkv", 29, episodes(87_093, 2, &[3])),
        ("/v/The Office (UK) S02E03.mkv", 30, episodes(2996, 2, &[3])),
        ("/v/Star.Trek.S02E11.mkv", 50, episodes(253, 2, &[11])),
        ("/v/Alien (1979).mkv", 117, movie(348)),
    ])
    .await;
}

#[tokio::test]
async fn an_absolute_number_is_not_taken_for_one_of_the_first_season() {
    right_or_held(&[
        ("/v/[Kelp] Shingeki no Kyojin - 41 [1080p].mkv", 24, episodes(1429, 3, &[4])),
        ("/v/[Kelp] Naruto - 110 [480p].mkv", 23, episodes(46_260, 3, &[6])),
        ("/v/[Kelp] SPY x FAMILY - 27 [1080p].mkv", 24, episodes(120_089, 2, &[2])),
        ("/v/[Kelp] One Piece - 500 [720p].mkv", 24, episodes(37_854, 13, &[500])),
    ])
    .await;
}

#[tokio::test]
async fn lists_and_ranges_of_episodes_are_all_there() {
    right_or_held(&[
        ("/v/Friends.S02E12E13.720p.mkv", 48, episodes(1668, 2, &[12, 13])),
        ("/v/Friends.S06E15-E17.mkv", 72, episodes(1668, 6, &[15, 16, 17])),
        ("/v/Prison Break - 4x21-22.avi", 88, episodes(2288, 4, &[21, 22])),
        ("/v/Lost.S04E13.E14.1080p.mkv", 86, episodes(4607, 4, &[13, 14])),
    ])
    .await;
}

#[tokio::test]
async fn an_episode_of_a_day_is_found_by_its_day() {
    right_or_held(&[
        ("/v/The.Daily.Show.2022.10.12.720p.WEB.mkv", 22, episodes(2224, 28, &[7])),
        ("/v/Jeopardy! - 2022-09-15.mkv", 22, episodes(2912, 39, &[4])),
        ("/v/Last.Week.Tonight.with.John.Oliver.2023.03.05.mkv", 31, episodes(60_694, 10, &[3])),
        ("/v/Tagesschau - 17.01.2024.mkv", 15, episodes(1709, 2024, &[17])),
    ])
    .await;
}

#[tokio::test]
async fn remakes_are_told_apart_and_never_chosen_by_popularity() {
    right_or_held(&[
        ("/v/A.Star.Is.Born.1954.1080p.mkv", 154, movie(3111)),
        ("/v/The.Mummy.1959.mkv", 88, movie(16_127)),
        ("/v/Suspiria (1977).mkv", 99, movie(11_906)),
        ("/v/Ghost in the Shell (2017).mkv", 107, movie(315_837)),
        ("/v/The Return of the Condor Heroes (1998)/S01E04.mkv", 45, episodes(900_104, 1, &[4])),
    ])
    .await;
    let tmdb = Tmdb::start().await;
    let identifier = online(&tmdb);
    for path in ["/v/Halloween.mkv", "/v/Suspiria.1080p.mkv", "/v/Total Recall.mkv", "/v/Charmed.S01E05.mkv"]
    {
        assert!(matches!(held(&identifier, path, None).await, HeldReason::Ambiguous { .. }), "{path}");
    }
}

#[tokio::test]
async fn of_two_orders_of_one_kind_the_one_that_has_the_episode_is_taken() {
    right_or_held(&[
        // The unfinished one ends long before.
        ("/v/[Kelp] Bleach - 300 [720p].mkv", 24, episodes(30_984, 1, &[300])),
        ("/v/[Kelp] Bleach - 371 [1080p].mkv", 24, episodes(30_984, 2, &[5])),
        ("/v/Money.Heist.S05E02.1080p.NF.WEB-DL.mkv", 50, episodes(71_446, 3, &[7])),
    ])
    .await;
}

#[tokio::test]
async fn accents_articles_and_ampersands_are_no_difference() {
    right_or_held(&[
        ("/v/Amelie.2001.1080p.mkv", 122, movie(194)),
        ("/v/Les Miserables (2012).mkv", 158, movie(82_695)),
        ("/v/Matrix, The (1999).mkv", 136, movie(603)),
        ("/v/Matrix.1999.720p.mkv", 136, movie(603)),
        ("/v/Mr.Peabody.and.Sherman.2014.mkv", 92, movie(82_703)),
        ("/v/Love.and.Death.S01E03.mkv", 52, episodes(125_949, 1, &[3])),
        ("/v/Shogun.2024.S01E02.mkv", 60, episodes(126_308, 1, &[2])),
        ("/v/Pokemon.S01E20.mkv", 22, episodes(60_572, 1, &[20])),
    ])
    .await;
}

#[tokio::test]
async fn no_library_of_known_works_is_needed() {
    right_or_held(&[
        ("/v/Crouching.Tiger.Hidden.Dragon.2000.mkv", 120, movie(146)),
        ("/v/WALL-E (2008).mkv", 98, movie(10_681)),
        ("/v/Brooklyn.Nine.Nine.S02E04.mkv", 22, episodes(48_891, 2, &[4])),
    ])
    .await;
}

#[tokio::test]
async fn a_year_of_another_release_is_the_works_own_as_well() {
    right_or_held(&[
        ("/v/White.Noise.2022.1080p.WEB.mkv", 136, movie(613_504)),
        ("/v/The.Convert.2023.1080p.mkv", 119, movie(1_059_128)),
        ("/v/300.2006.720p.mkv", 117, movie(1271)),
    ])
    .await;
}

#[tokio::test]
async fn a_namesake_of_a_near_year_is_not_taken_for_the_one_that_is_meant() {
    right_or_held(&[
        ("/v/White Noise (2019).mkv", 94, movie(901_010)),
        ("/v/Pinocchio (2019).mkv", 125, movie(413_518)),
        ("/v/Pinocchio (2022).mkv", 105, movie(532_639)),
        ("/v/The Room (2019).mkv", 100, movie(524_047)),
    ])
    .await;
    let tmdb = Tmdb::start().await;
    let identifier = online(&tmdb);
    for path in ["/v/The Quiet Mill (1991).mkv", "/v/Death Race (2012).mkv", "/v/Home (2012).mkv"] {
        let reason = held(&identifier, path, None).await;
        assert!(matches!(reason, HeldReason::NotFound | HeldReason::Ambiguous { .. }), "{path}: {reason:?}");
    }
}

#[tokio::test]
async fn one_file_alone_suffices() {
    right_or_held(&[
        ("/v/Sherlock.S02E02.The.Hounds.of.Baskerville.720p.mkv", 89, episodes(19_885, 2, &[2])),
        ("/v/The.Wire.S04E09.mkv", 59, episodes(1438, 4, &[9])),
        ("/v/Zodiac.2007.Directors.Cut.1080p.mkv", 162, movie(1949)),
    ])
    .await;
}
