//! Arguments in, exit code out.

use std::process::ExitCode;

fn main() -> ExitCode {
    discovr_scrobbler::cli::main(std::env::args_os())
}
