//! The settings, their layers, their errors and their live reload.
