//! A daemon that gets its token by `login`, and what waited for it.
