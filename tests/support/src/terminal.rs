//! A command in a terminal of its own: util-linux's `script` makes one.

use std::io::{Read, Write};
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use crate::secrets;
use crate::wait::until;

/// A running command. Killed when it is dropped.
#[derive(Debug)]
pub struct Terminal {
    process: Child,
    keys: ChildStdin,
    screen: Arc<Mutex<Vec<u8>>>,
}

impl Terminal {
    /// Starts `command`, whose environment is given as a whole, in a terminal of 120 by 60.
    ///
    /// # Panics
    /// When `script` is missing.
    #[must_use]
    pub fn start(command: &Command) -> Self {
        let words: Vec<String> = std::iter::once(command.get_program())
            .chain(command.get_args())
            .map(|word| format!("'{}'", word.to_string_lossy().replace('\'', r"'\''")))
            .collect();
        let line = format!("stty cols 120 rows 60; exec {}", words.join(" "));
        let mut script = Command::new("script");
        script
            .args(["--quiet", "--flush", "--return", "--command", &line, "/dev/null"])
            .env_clear()
            .envs(command.get_envs().filter_map(|(name, value)| Some((name, value?))))
            .env("SHELL", "/bin/sh")
            .env("TERM", "xterm-256color")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null());
        if let Some(folder) = command.get_current_dir() {
            script.current_dir(folder);
        }
        let mut process = script.spawn().expect("script, of util-linux, is installed");
        let keys = process.stdin.take().expect("it was asked for");
        let mut output = process.stdout.take().expect("it was asked for");
        let screen = Arc::new(Mutex::new(Vec::new()));
        let shown = Arc::clone(&screen);
        std::thread::spawn(move || {
            let mut chunk = [0; 4096];
            while let Ok(length @ 1..) = output.read(&mut chunk) {
                shown.lock().unwrap_or_else(PoisonError::into_inner).extend_from_slice(&chunk[..length]);
            }
        });
        Self { process, keys, screen }
    }

    /// All that was shown so far, control codes included.
    #[must_use]
    pub fn screen(&self) -> String {
        let screen = self.screen.lock().unwrap_or_else(PoisonError::into_inner);
        String::from_utf8_lossy(&screen).into_owned()
    }

    /// Waits until `text` was shown.
    ///
    /// # Panics
    /// When it is not.
    pub fn wait_for(&self, text: &str) {
        let shown = std::panic::catch_unwind(|| {
            until(text, LIMIT, || self.screen().contains(text).then_some(()));
        });
        assert!(shown.is_ok(), "waited in vain for {text:?} on:\n{}", self.screen());
    }

    /// Types `text`.
    ///
    /// # Panics
    /// When nobody listens.
    pub fn type_in(&mut self, text: &str) {
        self.keys.write_all(text.as_bytes()).expect("the terminal listens");
        self.keys.flush().expect("the terminal listens");
    }

    /// Presses Ctrl-C.
    pub fn interrupt(&mut self) {
        self.type_in("\u{3}");
    }

    /// Waits for the end; gives the exit code and all that was shown.
    ///
    /// # Panics
    /// When it does not end, or told a secret.
    pub fn end(mut self) -> (Option<i32>, String) {
        let status = until("the command ends", LIMIT, || self.process.try_wait().ok().flatten());
        let screen = self.screen();
        secrets::none_in("a terminal", &screen);
        (status.code(), screen)
    }
}

const LIMIT: Duration = Duration::from_secs(60);

impl Drop for Terminal {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}
