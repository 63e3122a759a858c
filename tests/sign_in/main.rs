//! Signing in: the calls against a strict stand-in, the commands in a home of their own, and a daemon that gets its token
//! by `login`.

mod asking;
