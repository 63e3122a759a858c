//! Real players, playing something short.
