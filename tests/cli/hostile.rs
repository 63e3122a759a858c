//! Names made to harm a terminal, a shell or a reader, in everything that is listed; and addresses of things that are no
//! videos.

use std::ffi::OsStr;
use std::fs::{self, File};
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::symlink;
use std::process::{Command, Stdio};
use std::time::Duration;

use discovr_scrobbler::identify::{
    Candidate, Confidence, Evidence, EvidenceKind, HeldReason, Identification, Identified, Identity, MovieId,
};
use discovr_scrobbler_support::home::{Home, Ran};
use discovr_scrobbler_support::wait::until;
use rustix::fs::{CWD, FileType, Mode, mknodat};

use crate::scene::{fill_with, home};

/// What names may be, as far as anybody who names a file is concerned.
const NAMES: &[&str] = &[
    "\u{1b}]0;owned\u{7}",
    "\u{1b}]52;c;cm0gLXJmIC8=\u{1b}\\",
    "\u{1b}[2J\u{1b}[1;31mred",
    "\u{9b}2J\u{9d}0;owned\u{9c}",
    "abc\u{8}\u{8}\u{8}xyz\r\n\t\u{b}\u{c}\u{7f}",
    "\u{202e}vkm.tac\u{2066}\u{200f}",
    "zero\u{200b}width\u{feff}\u{2060}\u{2028}\u{e0041}",
    "--json",
    "../../etc/passwd",
    "~/.ssh/$(id)`id`;id",
    "<b>bold</b> & \"quoted\" 'quoted' \\u0000",
];

/// Whether nothing is in `text` that does anything to a terminal.
fn is_harmless(text: &str) -> bool {
    text.chars().all(|c| {
        (c == '\n' || !c.is_control())
            && !matches!(c, '\u{200b}' | '\u{200e}' | '\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}'
                | '\u{feff}' | '\u{e0000}'..='\u{e0fff}')
    })
}

fn movie(id: u64) -> Identity {
    Identity::Movie { tmdb: MovieId(id) }
}

/// What a name may be taken for.
fn taken_for(number: usize, name: &str) -> Identification {
    let evidence = vec![Evidence { kind: EvidenceKind::Player, says: name.to_owned() }];
    let label = name.to_owned();
    match number % 3 {
        0 => Identification::Known(Identified {
            identity: movie(603),
            label,
            absolute: Vec::new(),
            evidence,
            confidence: Confidence::new(0.9),
        }),
        1 => Identification::Held { reason: HeldReason::NotFound, label, evidence },
        _ => {
            let candidate = |id| Candidate {
                identity: movie(id),
                label: name.to_owned(),
                score: 0.8,
                because: vec![name.to_owned()],
            };
            let reason = HeldReason::Ambiguous { candidates: vec![candidate(1), candidate(2)] };
            Identification::Held { reason, label, evidence }
        }
    }
}

async fn home_of_names() -> Home {
    let home = home();
    let viewings: Vec<_> = NAMES
        .iter()
        .enumerate()
        .flat_map(|(at, name)| {
            (0..3).map(move |kind| {
                let number = u64::try_from(at * 3 + kind + 1).expect("a small number");
                (number, format!("/videos/{number}/{name}/{name}.mkv"), taken_for(kind, name))
            })
        })
        .collect();
    fill_with(&home, &viewings).await;
    home
}

#[tokio::test]
async fn no_name_does_anything_to_a_terminal_in_any_listing() {
    let home = home_of_names().await;
    let listings: &[&[&str]] = &[
        &["status"],
        &["history"],
        &["history", "--limit", "1000"],
        &["queue"],
        &["queue", "list", "--all"],
        &["queue", "retry"],
        &["match"],
        &["match", "1"],
        &["match", "2"],
        &["match", "3"],
        &["undo", "1"],
        &["doctor", "--offline"],
        &["config", "show"],
    ];
    for listing in listings {
        let ran = home.run(listing);
        assert!(is_harmless(&ran.stdout) && is_harmless(&ran.stderr), "{listing:?}: {ran:?}");
    }
    assert!(home.run(&["history", "--limit", "1000"]).stdout.contains("\\u{1b}]0;owned\\u{7}"));
}

#[tokio::test]
async fn json_says_every_name_as_it_is_without_a_control_character() {
    let home = home_of_names().await;
    for listing in [&["status"][..], &["history", "--limit", "1000"], &["queue", "list", "--all"], &["match"]]
    {
        let ran = home.run(&[listing, &["--json"][..]].concat());
        assert!(is_harmless(&ran.stdout) && is_harmless(&ran.stderr), "{listing:?}: {ran:?}");
        let json: serde_json::Value = serde_json::from_str(&ran.stdout).expect("JSON");
        // What is in the journal comes out unharmed.
        if listing[0] == "history" {
            let all = strings(&json);
            assert!(NAMES.iter().all(|name| all.iter().any(|text| text == name)), "{json:#}");
        }
    }
}

/// All texts in it.
fn strings(json: &serde_json::Value) -> Vec<String> {
    match json {
        serde_json::Value::String(text) => vec![text.clone()],
        serde_json::Value::Array(list) => list.iter().flat_map(strings).collect(),
        serde_json::Value::Object(fields) => fields.values().flat_map(strings).collect(),
        _ => Vec::new(),
    }
}

#[test]
fn no_argument_does_anything_to_a_terminal_in_an_answer_or_an_error() {
    let home = home();
    for name in NAMES {
        for command in [&["identify", "--offline", "--"][..], &["match"], &["queue", "drop"], &["undo"], &[]]
        {
            let ran = home.run(&[command, &[name]].concat());
            assert!(is_harmless(&ran.stdout) && is_harmless(&ran.stderr), "{command:?} {name:?}: {ran:?}");
        }
    }
    for bytes in
        [&b"/v/\xff\xfe\x1b[2J \x9b (1995).mkv"[..], b"file:///v/%1b[2J%ff%c0%af%9b.mkv", b"\x1b[2J\xff"]
    {
        let ran = ends(home.command(&["identify", "--offline", "--"]).arg(OsStr::from_bytes(bytes)));
        assert_eq!(ran.code, Some(0), "{ran:?}");
        assert!(is_harmless(&ran.stdout) && is_harmless(&ran.stderr), "{ran:?}");
    }
    home.configure("[discovr]\napi_url = \"\\u001b]0;owned\\u0007\"\n\"\\u001b[2J\" = 1\n");
    for command in [&["config", "check"][..], &["status"], &["doctor", "--offline"]] {
        let ran = home.run(command);
        assert!(is_harmless(&ran.stdout) && is_harmless(&ran.stderr), "{command:?}: {ran:?}");
    }
}

#[test]
fn addresses_of_what_is_no_video_are_answered_and_nothing_waits_for_them() {
    let home = home();
    let pipe = |name: &str| {
        mknodat(CWD, home.videos().join(name), FileType::Fifo, Mode::from_raw_mode(0o600), 0)
            .expect("a pipe");
    };
    for name in ["Pipe (2001).mkv", "movie.nfo", "Film (2001).nfo", "tvshow.nfo", "season.nfo"] {
        pipe(name);
    }
    fs::write(home.videos().join("Film (2001).mkv"), "").expect("a file of our own");
    fs::create_dir(home.videos().join("Folder (2001).mkv")).expect("a folder of our own");
    for (link, target) in [
        (".plexmatch", "/dev/zero"),
        ("Zero (2001).mkv", "/dev/zero"),
        ("Loop (2001).mkv", "Loop (2001).mkv"),
    ] {
        symlink(target, home.videos().join(link)).expect("a link of our own");
    }
    for name in ["Sparse (2001).mkv", "Sparse (2001).mp4", "Film (2001)-sparse.nfo"] {
        File::create(home.videos().join(name))
            .and_then(|file| file.set_len(1 << 40))
            .expect("a file with a hole");
    }
    let videos = home.videos().display().to_string();
    let names = ["Pipe", "Film", "Folder", "Zero", "Loop", "Sparse"];
    let mut addresses: Vec<String> =
        names.iter().map(|name| format!("file://{videos}/{name} (2001).mkv")).collect();
    addresses.extend(names.iter().map(|name| format!("file://{videos}/{name}%20%282001%29.mp4")));
    addresses.extend(
        [
            "file:///proc/self/mem",
            "file:///proc/kmsg",
            "file:///dev/zero",
            "file:///dev/tty",
            "file://",
            "file:///",
            "file:////",
            "file:relative.mkv",
            "file://elsewhere/v/a.mkv",
            "file:///v/%00.mkv",
            "file:///v/%2e%2e/%2Fetc%2Fpasswd",
            "file:///v/%c0%ae%c0%ae/%c0%af.mkv",
            "file:///v/%%%zz%f.mkv",
            "FILE:///v/a.mkv",
        ]
        .map(str::to_owned),
    );
    addresses.push(format!("file:///v/{}.mkv", "%41".repeat(4_000)));
    for address in addresses {
        let ran = ends(home.command(&["identify", "--offline", "--"]).arg(&address));
        assert_eq!(ran.code, Some(0), "{address}: {ran:?}");
        assert!(is_harmless(&ran.stdout) && is_harmless(&ran.stderr), "{address}: {ran:?}");
    }
}

/// What a command says that must end.
fn ends(command: &mut Command) -> Ran {
    let mut process =
        command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("the binary was built");
    until("the command ends", Duration::from_secs(180), || process.try_wait().ok().flatten());
    process.wait_with_output().expect("it has ended").into()
}
