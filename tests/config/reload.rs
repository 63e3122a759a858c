//! A changed file is noticed however it was changed.

use std::fs;
use std::os::unix::fs::symlink;
use std::path::Path;
use std::time::Duration;

use discovr_scrobbler::config::{
    Change, ConfigError, ConfigFile, SecretOf, SecretPlaces, Watched, load_file, watch,
};
use discovr_scrobbler::keyring::SignInTo;
use tokio::sync::mpsc::Receiver;
use tokio_util::sync::CancellationToken;

use crate::bench::{Bench, environment, write};

const GENEROUS: Duration = Duration::from_secs(20);

struct Watching {
    changes: Receiver<Change>,
    cancel: CancellationToken,
}

impl Drop for Watching {
    fn drop(&mut self) {
        self.cancel.cancel();
    }
}

impl Watching {
    fn start(bench: &Bench, path: &Path) -> Self {
        let watched = Watched {
            file: ConfigFile::optional(path),
            environment: environment(&[]),
            places: SecretPlaces {
                credentials: None,
                home: Some(bench.path("home")),
                state: Some(bench.path("state")),
                keyring: None,
            },
        };
        let cancel = CancellationToken::new();
        let in_force = load_file(&watched.file, &watched.environment).unwrap();
        Self { changes: watch(watched, in_force, cancel.clone()).unwrap(), cancel }
    }

    async fn next(&mut self) -> Change {
        tokio::time::timeout(GENEROUS, self.changes.recv())
            .await
            .expect("nothing was noticed")
            .expect("ended")
    }

    /// Waits for settings with this profile; nothing else may come before.
    async fn profile(&mut self, profile: Option<&str>) {
        match self.next().await {
            Change::Settings(loaded) => assert_eq!(loaded.settings.discovr.profile.as_deref(), profile),
            other => panic!("{other:?}"),
        }
    }

    async fn broken(&mut self) -> ConfigError {
        match self.next().await {
            Change::Broken(error) => error,
            other => panic!("{other:?}"),
        }
    }

    async fn secret(&mut self, of: SecretOf) {
        assert_eq!(self.next().await, Change::Secret(of));
    }
}

fn with_profile(profile: &str) -> String {
    format!("[discovr]\nprofile = \"{profile}\"\n")
}

#[tokio::test]
async fn writing_renaming_and_deleting_are_noticed() {
    let bench = Bench::new();
    let path = bench.write("etc/config.toml", &with_profile("one"), 0o600);
    let mut watching = Watching::start(&bench, &path);
    write(&path, &with_profile("two"), 0o600);
    watching.profile(Some("two")).await;
    let new = bench.write("etc/.config.toml.swp", &with_profile("three"), 0o600);
    fs::rename(new, &path).unwrap();
    watching.profile(Some("three")).await;
    fs::remove_file(&path).unwrap();
    watching.profile(None).await;
    write(&path, &with_profile("four"), 0o600);
    watching.profile(Some("four")).await;
}

#[tokio::test]
async fn a_file_that_comes_later_is_noticed_with_all_its_folders() {
    let bench = Bench::new();
    let path = bench.path("a/b/c/config.toml");
    let mut watching = Watching::start(&bench, &path);
    write(&path, &with_profile("one"), 0o600);
    watching.profile(Some("one")).await;
    fs::remove_dir_all(bench.path("a")).unwrap();
    watching.profile(None).await;
    fs::create_dir(bench.path("a")).unwrap();
    write(&path, &with_profile("two"), 0o600);
    watching.profile(Some("two")).await;
    fs::rename(bench.path("a/b/c"), bench.path("a/b/away")).unwrap();
    watching.profile(None).await;
}

#[tokio::test]
async fn a_swapped_link_and_a_changed_target_are_noticed() {
    let bench = Bench::new();
    let first = bench.write("dots/one/config.toml", &with_profile("one"), 0o600);
    bench.write("dots/two/config.toml", &with_profile("two"), 0o600);
    symlink("dots/one", bench.path("current")).unwrap();
    fs::create_dir(bench.path("etc")).unwrap();
    let path = bench.path("etc/config.toml");
    symlink("../current/config.toml", &path).unwrap();
    let mut watching = Watching::start(&bench, &path);
    write(&first, &with_profile("changed"), 0o600);
    watching.profile(Some("changed")).await;
    symlink("dots/two", bench.path("new")).unwrap();
    fs::rename(bench.path("new"), bench.path("current")).unwrap();
    watching.profile(Some("two")).await;
}

#[tokio::test]
async fn a_broken_file_says_so_once_and_its_mending_is_said_too() {
    let bench = Bench::new();
    let path = bench.write("etc/config.toml", &with_profile("one"), 0o600);
    let mut watching = Watching::start(&bench, &path);
    write(&path, "[discovr]\nprofil = 1\n", 0o600);
    assert!(watching.broken().await.to_string().contains("did you mean `profile`?"));
    write(&path, &with_profile("one"), 0o600);
    watching.profile(Some("one")).await;
}

#[tokio::test]
async fn what_changes_nothing_is_not_told() {
    let bench = Bench::new();
    let path = bench.write("etc/config.toml", &with_profile("one"), 0o600);
    let mut watching = Watching::start(&bench, &path);
    bench.write("etc/other.toml", "x", 0o600);
    write(&path, &format!("# a comment\n{}", with_profile("one")), 0o600);
    // Long enough for it to be looked at by itself; what is asserted does not depend on it.
    tokio::time::sleep(Duration::from_millis(400)).await;
    write(&path, &with_profile("two"), 0o600);
    watching.profile(Some("two")).await;
}

#[tokio::test]
async fn a_change_between_loading_and_watching_is_not_lost() {
    let bench = Bench::new();
    let path = bench.write("etc/config.toml", &with_profile("two"), 0o600);
    let watched = Watched {
        file: ConfigFile::optional(&path),
        environment: environment(&[]),
        places: SecretPlaces::default(),
    };
    let before = bench.load(&with_profile("one"), &[]).unwrap();
    let cancel = CancellationToken::new();
    let changes = watch(watched, before, cancel.clone()).unwrap();
    Watching { changes, cancel }.profile(Some("two")).await;
}

#[tokio::test]
async fn a_token_that_comes_changes_or_gets_its_permissions_is_noticed() {
    use std::os::unix::fs::PermissionsExt;
    let bench = Bench::new();
    let path = bench.write("etc/config.toml", "[discovr]\nrefresh_token_file = \"~/keys/token\"\n", 0o600);
    let mut watching = Watching::start(&bench, &path);
    let token = bench.write("home/keys/token", "rt_one", 0o600);
    watching.secret(SecretOf::SignIn(SignInTo::Discovr)).await;
    fs::write(&token, "rt_two").unwrap();
    watching.secret(SecretOf::SignIn(SignInTo::Discovr)).await;
    fs::set_permissions(&token, fs::Permissions::from_mode(0o644)).unwrap();
    watching.secret(SecretOf::SignIn(SignInTo::Discovr)).await;
    fs::set_permissions(&token, fs::Permissions::from_mode(0o600)).unwrap();
    watching.secret(SecretOf::SignIn(SignInTo::Discovr)).await;
    for (name, of) in [
        ("tmdb-token", SecretOf::Tmdb),
        ("trakt-sign-in", SecretOf::SignIn(SignInTo::Trakt)),
        ("trakt-client-secret", SecretOf::TraktApplication),
    ] {
        bench.write(&format!("state/{name}"), "t", 0o600);
        watching.secret(of).await;
    }
}

#[tokio::test]
async fn a_token_file_that_is_named_later_is_watched_from_then_on() {
    let bench = Bench::new();
    let token = bench.write("home/elsewhere/token", "rt_one", 0o600);
    let path = bench.write("etc/config.toml", "", 0o600);
    let mut watching = Watching::start(&bench, &path);
    write(&path, "[discovr]\nrefresh_token_file = \"~/elsewhere/token\"\n", 0o600);
    assert!(matches!(watching.next().await, Change::Settings(_)));
    watching.secret(SecretOf::SignIn(SignInTo::Discovr)).await;
    fs::write(&token, "rt_two").unwrap();
    watching.secret(SecretOf::SignIn(SignInTo::Discovr)).await;
}

#[tokio::test]
async fn the_users_own_rules_are_watched_like_the_settings() {
    let bench = Bench::new();
    let path = bench.write("etc/config.toml", "", 0o600);
    let mut watching = Watching::start(&bench, &path);
    let rule = "[[rules]]\ntitle = \"A\"\ntmdb = 7\nkind = \"series\"\n";
    let rules = bench.write("etc/rules.toml", rule, 0o600);
    let Change::Settings(loaded) = watching.next().await else { panic!("no settings") };
    assert_eq!(loaded.settings.rules.len(), 1);
    write(&rules, "[[rules]]\ntitle = 3\n", 0o600);
    assert!(watching.broken().await.to_string().contains("rules.toml:2"));
    fs::remove_file(rules).unwrap();
    let Change::Settings(loaded) = watching.next().await else { panic!("no settings") };
    assert!(loaded.settings.rules.is_empty());
}

#[tokio::test]
async fn it_ends_when_told_to() {
    let bench = Bench::new();
    let mut watching = Watching::start(&bench, &bench.path("config.toml"));
    watching.cancel.cancel();
    let ended = tokio::time::timeout(GENEROUS, watching.changes.recv()).await.unwrap();
    assert!(ended.is_none());
}
