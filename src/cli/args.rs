//! The arguments. The help texts are the manual: they say what a command does and what to type next.

use std::path::PathBuf;
use std::time::Duration;

use clap::{Args, Parser, Subcommand, ValueEnum};

use super::word::{self, Episodes};
use crate::config;
use crate::daemon::services;
use crate::journal::ServiceName;

/// Watches what you watch in mpv, VLC and other players, keeps your place on Discovr and writes exactly one history entry
/// per viewing.
#[derive(Debug, Parser)]
#[command(
    name = "discovr-scrobbler",
    version,
    long_version = ABOUT,
    max_term_width = 100,
    after_help = "\
First steps:
  discovr-scrobbler login             sign in to Discovr
  discovr-scrobbler config check      is everything here set up?
  discovr-scrobbler run               watch in this terminal (the user unit does the same at login)
  discovr-scrobbler status            what it sees, what waits, what needs you
  discovr-scrobbler doctor            what is wrong, and what to do

Titles are looked up at TMDB. This product uses the TMDB API but is not endorsed or certified by TMDB.

Exit codes: 0 done, 1 failed, 2 wrong usage or configuration, 3 sign-in needed, 4 daemon not running"
)]
pub(crate) struct Arguments {
    /// The configuration file [default: ~/.config/discovr-scrobbler/config.toml]
    #[arg(long, global = true, value_name = "FILE", display_order = 100)]
    pub(crate) config: Option<PathBuf>,
    /// The folder of the journal [default: ~/.local/state/discovr-scrobbler]
    #[arg(long, global = true, value_name = "DIR", display_order = 101)]
    pub(crate) state_dir: Option<PathBuf>,
    #[command(subcommand)]
    pub(crate) command: Command,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Watch the players and report what is watched, until stopped
    ///
    /// This is what the systemd user unit runs. It logs to standard error; DISCOVR_SCROBBLER_LOG=debug makes it say more.
    Run,
    /// Show what is playing, what waits and what needs you
    ///
    /// Exits with 3 when a sign-in is needed and with 4 when the daemon is not running.
    Status(StatusArguments),
    /// Show what was watched, newest first, and what each service knows of it
    History(HistoryArguments),
    /// Show and mend what waits for a service
    #[command(subcommand)]
    Queue(QueueCommand),
    /// Give a held viewing its title; without arguments, list what is held
    ///
    /// What was waiting for the title is then sent, with the time at which you really watched it. A viewing that was taken
    /// for something else can be corrected in the same way.
    #[command(after_help = "\
Examples:
  discovr-scrobbler match                                      list held viewings
  discovr-scrobbler match 7                                    show what 7 could be, and ask
  discovr-scrobbler match 7 1                                  it is its candidate 1
  discovr-scrobbler match 7 movie/603                          it is The Matrix
  discovr-scrobbler match 7 tv/1396                            Breaking Bad; its name says which
  discovr-scrobbler match 7 tv/1396 --season 1 --episode 1,2   one file, two episodes
  discovr-scrobbler match 7 tt0133093                          by IMDb, or by TVDB: tvdb:81189
  discovr-scrobbler match 7 tv/1396 --always                   and so is all of that folder

The numbers are those in the addresses of TMDB: themoviedb.org/movie/603, /tv/1396. A whole address
is understood, too.

--always writes a rule to rules.toml beside the configuration, and applies it to what was watched
before as well. It shows both first, and asks; a script agrees with --yes.")]
    Match(MatchArguments),
    /// Say what files are taken for, and why
    Identify(IdentifyArguments),
    /// Sign in to Discovr with a code, and choose a profile
    ///
    /// Shows a code and an address. Approve the code there; the daemon then picks the sign-in up by itself. It lasts 90 days,
    /// and you are told before it ends. Exits with 3 when the code was not approved.
    #[command(
        args_conflicts_with_subcommands = true,
        disable_help_subcommand = true,
        after_help = "\
Examples:
  discovr-scrobbler login
  discovr-scrobbler login --client-id ID --profile Kim     asks nothing
  discovr-scrobbler login trakt                            sign in to Trakt, too

The client id is asked for once. It comes from Discovr's dashboard or support."
    )]
    Login(LoginArguments),
    /// Sign out of Discovr: revoke and forget the token
    ///
    /// What waits to be sent stays, and is sent after the next `login`.
    #[command(disable_help_subcommand = true)]
    Logout(LogoutArguments),
    /// Show your profiles, or switch to another
    ///
    /// A viewing belongs to the profile that was active when it was watched: what waits goes there, whatever is switched.
    Profile(ProfileArguments),
    /// Take over what another scrobbler has left: what it could not send, its rules, its paths
    #[command(subcommand)]
    Import(ImportCommand),
    /// Say what is wrong, and what to do about it
    ///
    /// Looks at the configuration, the daemon and its systemd unit, the players, the journal, the sign-in, the services and the
    /// permissions of the files. Changes nothing, and shows no secret. Exits with 1 when something does not work.
    Doctor(DoctorArguments),
    /// Check, show or find the configuration
    #[command(subcommand)]
    Config(ConfigCommand),
}

#[derive(Debug, Args)]
pub(crate) struct LoginArguments {
    /// Another service than Discovr
    #[command(subcommand)]
    pub(crate) elsewhere: Option<LoginElsewhere>,
    /// The id that this program is registered under at Discovr [default: discovr.client_id, or the last one]
    #[arg(long, value_name = "ID")]
    pub(crate) client_id: Option<String>,
    /// Where the token is kept [default: the file that discovr.refresh_token_file names, if it does; else the desktop's
    /// keyring, if there is one; else a file]
    #[arg(long, value_name = "WHERE", value_enum)]
    pub(crate) store: Option<Store>,
    /// Do not draw the QR code
    #[arg(long)]
    pub(crate) no_qr: bool,
    /// The profile whose history is written
    #[arg(long, value_name = "NAME|ID")]
    pub(crate) profile: Option<String>,
    /// Choose no profile now
    #[arg(long, conflicts_with = "profile")]
    pub(crate) no_profile: bool,
}

#[derive(Debug, Subcommand)]
pub(crate) enum LoginElsewhere {
    /// Sign in to Trakt with a code
    ///
    /// Shows an address and a code. Type in the code there; the daemon then picks the sign-in up by itself and renews it for
    /// you. Exits with 3 when the code was not approved.
    #[command(after_help = "\
What you need: an application of your own at Trakt. Make one at
https://trakt.tv/oauth/applications with the redirect URI
urn:ietf:wg:oauth:2.0:oob; its client id and client secret are what is asked
for here. Since July 2026 this takes an active Trakt VIP membership: an
application whose maker has none is refused everything (403). A free account
may be connected to one such application at a time.

The secret is read from a file that only you can read (chmod 600), never from
the command line.

Examples:
  discovr-scrobbler login trakt
  discovr-scrobbler login trakt --client-id ID --client-secret-file FILE

The second asks nothing, and is the way to give another id or secret.

Then set enabled = true in [trakt] of the configuration.")]
    Trakt(TraktLoginArguments),
}

#[derive(Debug, Args)]
pub(crate) struct TraktLoginArguments {
    /// The id of your application at Trakt [default: trakt.client_id, or the last one]
    #[arg(long, value_name = "ID", value_parser = clap::builder::NonEmptyStringValueParser::new())]
    pub(crate) client_id: Option<String>,
    /// The file that holds your application's secret; a copy is kept for the daemon [default: the file that
    /// trakt.client_secret_file names, or the last one]
    #[arg(long, value_name = "FILE")]
    pub(crate) client_secret_file: Option<PathBuf>,
    /// Where the token is kept [default: the desktop's keyring, if there is one; else a file]
    #[arg(long, value_name = "WHERE", value_enum)]
    pub(crate) store: Option<Store>,
    /// Do not draw the QR code
    #[arg(long)]
    pub(crate) no_qr: bool,
}

#[derive(Debug, Args)]
pub(crate) struct LogoutArguments {
    /// Another service than Discovr
    #[command(subcommand)]
    pub(crate) elsewhere: Option<LogoutElsewhere>,
}

#[derive(Debug, Subcommand)]
pub(crate) enum LogoutElsewhere {
    /// Sign out of Trakt: revoke and forget the token
    ///
    /// What waits to be sent stays, and so do your application's id and secret, for the next `login trakt`.
    Trakt,
}

/// Where `login` keeps the token.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Store {
    /// In the desktop's keyring: GNOME Keyring, KWallet, KeePassXC
    Keyring,
    /// In a file that only you can read: one in the state folder; for Discovr the one that discovr.refresh_token_file
    /// names, if it does
    File,
}

#[derive(Debug, Args)]
pub(crate) struct ProfileArguments {
    /// The one to switch to: its name, its id, or its number in the list
    #[arg(value_name = "NAME|ID|NUMBER")]
    pub(crate) which: Option<String>,
    /// Print JSON
    #[arg(long)]
    pub(crate) json: bool,
}

#[derive(Debug, Args)]
pub(crate) struct StatusArguments {
    /// Keep showing it until interrupted
    #[arg(long, short)]
    pub(crate) follow: bool,
    /// Print JSON; with --follow, one object a line
    #[arg(long)]
    pub(crate) json: bool,
}

#[derive(Debug, Args)]
pub(crate) struct DoctorArguments {
    /// Print JSON: a list of {group, check, verdict, finding, remedy}
    #[arg(long)]
    pub(crate) json: bool,
}

#[derive(Debug, Args)]
pub(crate) struct HistoryArguments {
    /// Only what has these words, or their beginnings, in its title or its file's name
    #[arg(value_name = "WORD")]
    pub(crate) words: Vec<String>,
    /// How many viewings to show
    #[arg(long, short = 'n', value_name = "COUNT", default_value = "20", value_parser = clap::value_parser!(u32).range(1..))]
    pub(crate) limit: u32,
    /// Also by what is known that a service has it
    #[arg(long)]
    pub(crate) receipts: bool,
    /// Print JSON
    #[arg(long)]
    pub(crate) json: bool,
}

#[derive(Debug, Subcommand)]
pub(crate) enum QueueCommand {
    /// List what waits, is unsure or was refused
    List {
        /// Also what has arrived
        #[arg(long)]
        all: bool,
        /// Only what is for this service
        #[arg(long, value_name = "NAME", value_parser = service)]
        service: Option<ServiceName>,
        /// How many deliveries to show, oldest first [default: 100; with --json all]
        #[arg(long, short = 'n', value_name = "COUNT", value_parser = clap::value_parser!(u32).range(1..))]
        limit: Option<u32>,
        /// Print JSON
        #[arg(long)]
        json: bool,
    },
    /// Try now: one delivery, all for a service, or everything
    Retry {
        /// The delivery's number, from `queue list`; without it, all
        #[arg(value_name = "ID")]
        id: Option<i64>,
        /// Only what is for this service
        #[arg(long, value_name = "NAME", value_parser = service, conflicts_with = "id")]
        service: Option<ServiceName>,
    },
    /// Take a delivery out of the queue for good: it will never be sent
    Drop {
        /// The delivery's number, from `queue list`
        #[arg(value_name = "ID")]
        id: i64,
    },
}

#[derive(Debug, Subcommand)]
pub(crate) enum ImportCommand {
    /// Take over from trakt-scrobbler, the Python program
    ///
    /// Shows what it would do first, and asks. What trakt-scrobbler has watched and could not send becomes viewings here, with
    /// their true times, and is reported to the services that are enabled; its remap rules become rules in rules.toml, and its
    /// whitelist and exclude patterns are added to [paths] in config.toml. Nothing is taken over twice, and nothing of
    /// trakt-scrobbler is changed.
    #[command(after_help = "\
Examples:
  discovr-scrobbler import trakt-scrobbler --dry-run   only show it
  discovr-scrobbler import trakt-scrobbler             show it, ask, and do it
  discovr-scrobbler import trakt-scrobbler --yes       for scripts

End trakt-scrobbler before, for good: `trakts stop`, `trakts autostart disable`.")]
    TraktScrobbler(TraktScrobblerArguments),
}

#[derive(Debug, Args)]
pub(crate) struct TraktScrobblerArguments {
    /// Show what would be done, and change nothing
    #[arg(long, short = 'n', conflicts_with = "yes")]
    pub(crate) dry_run: bool,
    /// Do it without asking; needed where nobody can be asked
    #[arg(long, short)]
    pub(crate) yes: bool,
    /// The folder of its settings and rules [default: ~/.config/trakt-scrobbler]
    #[arg(long, value_name = "DIR")]
    pub(crate) config_dir: Option<PathBuf>,
    /// The folder of its backlog [default: ~/.local/share/trakt-scrobbler]
    #[arg(long, value_name = "DIR")]
    pub(crate) data_dir: Option<PathBuf>,
    /// Print JSON: {done, files, viewings, rules, paths, not_taken, already}
    #[arg(long)]
    pub(crate) json: bool,
}

#[derive(Debug, Args)]
pub(crate) struct MatchArguments {
    /// The viewing: its number from `match` or `history`, or the beginning of its id
    #[arg(value_name = "VIEWING")]
    pub(crate) viewing: Option<String>,
    /// What it is: a candidate's number, movie/603, tv/1396, an address of TMDB, tt0133093, tvdb:81189
    #[arg(value_name = "ANSWER", requires = "viewing", conflicts_with = "tmdb")]
    pub(crate) answer: Option<String>,
    /// Its number on TMDB
    #[arg(long, value_name = "NUMBER", requires = "viewing", value_parser = clap::value_parser!(u64).range(1..=999_999_999))]
    pub(crate) tmdb: Option<u64>,
    /// It is a movie
    #[arg(long, requires = "viewing", conflicts_with_all = ["season", "episode"])]
    pub(crate) movie: bool,
    /// It is of this season of a series; 0 are the specials. Without it, what the name says
    #[arg(long, value_name = "NUMBER", requires = "viewing", value_parser = word::season)]
    pub(crate) season: Option<u32>,
    /// It is this episode; several as 1,2 or 1-3. Without it, what the name says
    #[arg(long, value_name = "NUMBER", value_delimiter = ',', requires = "viewing", value_parser = word::episodes)]
    pub(crate) episode: Vec<Episodes>,
    /// So is everything of that folder or series: write a rule, and apply it
    #[arg(long, requires = "viewing")]
    pub(crate) always: bool,
    /// Write the rule without asking; needed where nobody can be asked
    #[arg(long, short, requires = "always")]
    pub(crate) yes: bool,
    /// Even if TMDB has no such thing
    #[arg(long, requires = "viewing")]
    pub(crate) force: bool,
    /// Print JSON
    #[arg(long)]
    pub(crate) json: bool,
}

#[derive(Debug, Args)]
pub(crate) struct IdentifyArguments {
    /// Files, addresses or titles. They need not exist: then their names alone are read
    #[arg(value_name = "FILE", required = true)]
    pub(crate) files: Vec<PathBuf>,
    /// How long they are, which tells namesakes apart: 1h42m, 45m
    #[arg(long, value_name = "TIME", value_parser = length)]
    pub(crate) duration: Option<Duration>,
    /// Ask nobody; what TMDB has answered before is used
    #[arg(long)]
    pub(crate) offline: bool,
    /// Print JSON
    #[arg(long)]
    pub(crate) json: bool,
}

#[derive(Debug, Subcommand)]
pub(crate) enum ConfigCommand {
    /// Read the configuration and the tokens, and say what is wrong
    ///
    /// It looks at this machine only: whether the services accept the tokens is what `doctor` asks them.
    Check,
    /// Show the settings in force, defaults and environment included; secrets are not shown
    Show {
        /// Print JSON
        #[arg(long)]
        json: bool,
    },
    /// Print where the configuration file is
    Path {
        /// Where your own rules are instead, which `match --always` writes
        #[arg(long)]
        rules: bool,
    },
}

fn service(text: &str) -> Result<ServiceName, String> {
    let names = || services::KNOWN.iter().map(|known| known.name.0).collect::<Vec<_>>().join(", ");
    services::named(text).map(|known| known.name).ok_or_else(|| format!("the services are: {}", names()))
}

fn length(text: &str) -> Result<Duration, String> {
    config::parse_duration(text)
}

/// What `--version` says after the number.
const ABOUT: &str = concat!(
    env!("CARGO_PKG_VERSION"),
    "\n\nTitles are looked up at TMDB, https://www.themoviedb.org.\n",
    "This product uses the TMDB API but is not endorsed or certified by TMDB.",
);
