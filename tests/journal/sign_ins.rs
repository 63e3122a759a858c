//! What is remembered of a sign-in.

use discovr_scrobbler::journal::{NewSignIn, ProfileId, SignIn};

use crate::desk::{DISCOVR, Desk, OTHER, at};

fn new(day: i64) -> NewSignIn {
    NewSignIn {
        public_id: Some(format!("pub_{day}")),
        signed_in_at: at(day * 86_400),
        expires_at: Some(at((day + 90) * 86_400)),
    }
}

#[tokio::test]
async fn a_new_sign_in_keeps_the_client_and_the_profile_and_is_not_told_of_yet() {
    let desk = Desk::new();
    let journal = &desk.journal;
    assert_eq!(journal.sign_in(DISCOVR).await.unwrap(), SignIn::default());
    journal.remember_client(DISCOVR, "client".into()).await.unwrap();
    journal.keep_sign_in(DISCOVR, new(0)).await.unwrap();
    journal.choose_profile(DISCOVR, ProfileId("p1".into()), "Kim".into()).await.unwrap();
    journal.told_of_expiry(DISCOVR, "soon").await.unwrap();
    let first = journal.sign_in(DISCOVR).await.unwrap();
    assert_eq!(first.told.as_deref(), Some("soon"));
    journal.keep_sign_in(DISCOVR, new(80)).await.unwrap();
    let wanted = SignIn {
        public_id: Some("pub_80".into()),
        signed_in_at: Some(at(80 * 86_400)),
        expires_at: Some(at(170 * 86_400)),
        told: None,
        ..first
    };
    assert_eq!(desk.reopened().await.journal.sign_in(DISCOVR).await.unwrap(), wanted);
}

#[tokio::test]
async fn signing_out_forgets_all_but_the_client_and_nothing_of_another_service() {
    let desk = Desk::new();
    let journal = &desk.journal;
    journal.forget_sign_in(DISCOVR).await.unwrap();
    assert_eq!(journal.sign_in(DISCOVR).await.unwrap(), SignIn::default());
    for service in [DISCOVR, OTHER] {
        journal.remember_client(service, "client".into()).await.unwrap();
        journal.keep_sign_in(service, new(0)).await.unwrap();
        journal.choose_profile(service, ProfileId("p1".into()), "Kim".into()).await.unwrap();
    }
    let other = journal.sign_in(OTHER).await.unwrap();
    journal.forget_sign_in(DISCOVR).await.unwrap();
    let wanted = SignIn { client_id: Some("client".into()), ..SignIn::default() };
    assert_eq!(journal.sign_in(DISCOVR).await.unwrap(), wanted);
    assert_eq!(journal.sign_in(OTHER).await.unwrap(), other);
}
