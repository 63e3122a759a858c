//! A renewal of the tokens. It voids the old ones as soon as Trakt hears of it, so it is not given up in the middle, whoever
//! waits for it; what it gives is kept before anything else; and no two are made at once (Trakt reference, section 2.4).

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::{Mutex, OwnedMutexGuard};

use super::oauth::{OAuth, Refusal};
use super::session::{BETWEEN_WRITES, TokenKeeper};
use super::tokens::Tokens;
use crate::service::{Outcome, Trouble};

/// Whether a renewal is being made for one sign-in, and the pair that it gave if that could not be kept yet. Clones share it.
#[derive(Debug, Clone, Default)]
pub struct Renewing(Arc<Mutex<Option<Unkept>>>);

impl Renewing {
    /// Waits until no renewal is being made.
    pub async fn over(&self) {
        drop(self.0.lock().await);
    }
}

/// A pair that was given in the place of one that is void now.
#[derive(Debug)]
struct Unkept {
    old: Tokens,
    new: Tokens,
}

/// Why there is no new pair.
#[derive(Debug)]
pub(super) enum Vain {
    /// The old one may be good yet; if not, this is what to do.
    Left { outcome: Outcome, signed_out: bool },
    /// There is one, and it cannot be kept: what to do.
    Unkept { outcome: Outcome },
}

impl Vain {
    pub(super) fn outcome(self) -> Outcome {
        match self {
            Self::Left { outcome, .. } | Self::Unkept { outcome } => outcome,
        }
    }

    pub(super) fn is_signed_out(&self) -> bool {
        matches!(self, Self::Left { signed_out: true, .. })
    }

    fn later(after: Option<Duration>, why: String) -> Self {
        Self::Left { outcome: Outcome::later(Trouble::Service, after, why), signed_out: false }
    }

    fn user(why: String) -> Self {
        Self::Left { outcome: Outcome::SignInNeeded { why }, signed_out: false }
    }
}

pub(super) fn sign_in_again() -> Outcome {
    Outcome::SignInNeeded {
        why: "Trakt does not accept the sign-in any more. Sign in again with `discovr-scrobbler login trakt`"
            .into(),
    }
}

/// What is kept now.
pub(super) async fn read(keeper: &TokenKeeper) -> Result<Tokens, Vain> {
    let text = (keeper.read)().await.map_err(Vain::user)?;
    Tokens::from_text(&text).ok_or_else(|| {
        Vain::user(
            "what is kept as the sign-in to Trakt cannot be read: run `discovr-scrobbler login trakt`".into(),
        )
    })
}

/// Keeps what a renewal gave that could not be kept then. Returns what is to be used from now on, if there was something.
pub(super) async fn kept_at_last(keeper: &TokenKeeper) -> Result<Option<Tokens>, Vain> {
    let mut unkept = Arc::clone(&keeper.renewing.0).lock_owned().await;
    keep(keeper, &mut unkept).await
}

/// New tokens in place of `old`. They are made and kept even if nobody waits for them any more.
pub(super) async fn renewed(
    keeper: &TokenKeeper,
    oauth: &Arc<Mutex<OAuth>>,
    old: &Tokens,
) -> Result<Tokens, Vain> {
    let (keeper, oauth, old) = (keeper.clone(), Arc::clone(oauth), old.clone());
    let making = tokio::spawn(async move { renew(&keeper, &oauth, old).await });
    making.await.unwrap_or_else(|_| Err(Vain::later(None, "the renewal of the sign-in failed".into())))
}

async fn renew(keeper: &TokenKeeper, oauth: &Mutex<OAuth>, old: Tokens) -> Result<Tokens, Vain> {
    let mut unkept = Arc::clone(&keeper.renewing.0).lock_owned().await;
    if let Some(new) = keep(keeper, &mut unkept).await? {
        return Ok(new);
    }
    // One that nobody waited for any more may have renewed them; or the user has signed in anew.
    let there = read(keeper).await?;
    if !there.is_same_sign_in(&old) {
        return Ok(there);
    }
    (keeper.prepare)().await.map_err(|why| {
        Vain::later(None, format!("the sign-in is not renewed, as a new one could not be kept: {why}"))
    })?;
    let mut oauth = oauth.lock().await;
    // What was lost on its way is asked for once more: the old ones may still be good.
    let renewed = match oauth.renew(&old).await {
        Err(Refusal::Lost { .. }) => {
            tokio::time::sleep(BETWEEN_WRITES).await;
            oauth.renew(&old).await
        }
        first => first,
    };
    let why_not = |why: String| format!("the sign-in could not be renewed: {why}");
    match renewed {
        Ok(new) => {
            *unkept = Some(Unkept { old, new: new.clone() });
            let kept = keep(keeper, &mut unkept).await?;
            Ok(kept.unwrap_or(new))
        }
        Err(Refusal::SignedOut) => Err(Vain::Left { outcome: sign_in_again(), signed_out: true }),
        Err(Refusal::Application { why }) => {
            Err(Vain::user(format!("{why}. Check trakt.client_id and trakt.client_secret_file")))
        }
        Err(Refusal::Later { after, why }) => Err(Vain::later(after, why_not(why))),
        Err(Refusal::Lost { why }) => Err(Vain::later(None, why_not(why))),
    }
}

/// Keeps what is not kept in place of what it was given for; only then it is used. Where something else is kept by now, that is
/// used: the user has signed in anew.
async fn keep(
    keeper: &TokenKeeper,
    unkept: &mut OwnedMutexGuard<Option<Unkept>>,
) -> Result<Option<Tokens>, Vain> {
    let Some(Unkept { old, new }) = &**unkept else { return Ok(None) };
    let there = read(keeper).await.map_err(|vain| Vain::Unkept { outcome: vain.outcome() })?;
    let used = if there.is_same_sign_in(old) {
        (keeper.keep)(new.to_text()).await.map_err(|why| {
            let why = format!("the renewed sign-in cannot be kept, so it is not used: {why}");
            Vain::Unkept { outcome: Outcome::later(Trouble::Service, None, why) }
        })?;
        new.clone()
    } else {
        there
    };
    **unkept = None;
    Ok(Some(used))
}
