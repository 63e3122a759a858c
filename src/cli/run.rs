//! From arguments to an exit code.

use std::ffi::OsString;
use std::process::ExitCode;

use clap::Parser;

use super::args::{Arguments, Command, LoginArguments, LoginElsewhere, LogoutArguments, LogoutElsewhere};
use super::context::Context;
use super::error::{CliError, Exit};
use super::output::Output;
use super::{
    config, doctor, history, identify, login, login_trakt, logout, matching, profile, queue, status,
};
use crate::{daemon, logging};

/// Runs the command in `arguments` (the program's name first) and says how it ended.
pub fn main(arguments: impl IntoIterator<Item = OsString>) -> ExitCode {
    let arguments = match Arguments::try_parse_from(arguments) {
        Ok(arguments) => arguments,
        Err(help_or_error) => {
            let text = help_or_error.render().ansi().to_string();
            let mut output = Output::new();
            return if help_or_error.use_stderr() {
                output.complain(&text);
                Exit::Usage
            } else {
                // Nowhere is left to say that this failed.
                let _ = output.print(&text);
                Exit::Done
            }
            .into();
        }
    };
    logging::start(matches!(arguments.command, Command::Run));
    let mut output = Output::new();
    match dispatch(&arguments, &mut output) {
        Ok(exit) => exit.into(),
        Err(error) => {
            if error.exit != Exit::Done {
                error.show(&mut output);
            }
            error.exit.into()
        }
    }
}

fn dispatch(arguments: &Arguments, output: &mut Output) -> Result<Exit, CliError> {
    let context = Context::new(arguments)?;
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let ended = runtime.block_on(async {
        match &arguments.command {
            Command::Run => {
                daemon::run(context.daemon_setup()?).await?;
                Ok(Exit::Done)
            }
            Command::Status(arguments) => status::status(&context, arguments, output).await,
            Command::History(arguments) => history::history(&context, arguments, output).await,
            Command::Queue(command) => queue::queue(&context, command, output).await,
            Command::Match(arguments) => matching::matching(&context, arguments, output).await,
            Command::Identify(arguments) => identify::identify(&context, arguments, output).await,
            Command::Login(LoginArguments { elsewhere: Some(LoginElsewhere::Trakt(arguments)), .. }) => {
                login_trakt::login(&context, arguments, output).await
            }
            Command::Login(arguments) => login::login(&context, arguments, output).await,
            Command::Logout(LogoutArguments { elsewhere: Some(LogoutElsewhere::Trakt) }) => {
                logout::logout_trakt(&context, output).await
            }
            Command::Logout(LogoutArguments { elsewhere: None }) => logout::logout(&context, output).await,
            Command::Profile(arguments) => profile::profile(&context, arguments, output).await,
            Command::Doctor(arguments) => doctor::doctor(&context, arguments, output).await,
            Command::Config(command) => config::config(&context, command, output).await,
        }
    });
    // A file on a network share that does not answer must not keep the program from ending.
    runtime.shutdown_background();
    ended
}
