//! What is the same in all calls to Discovr (Discovr reference, section 1).

use crate::service::api::Manner;

pub(super) fn manner() -> Manner {
    Manner { service: "Discovr", setting: "discovr.api_url", headers: Vec::new(), heard: &[] }
}
