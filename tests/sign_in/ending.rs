//! The end of a sign-in: told in time, and nothing lost.
