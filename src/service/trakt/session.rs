//! The tokens in use: renewed early, one renewal at a time, and a new pair is kept for good before it is used (Trakt
//! reference, section 2.4). Only the daemon's one worker renews: a refresh token works once.

use std::fmt;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use jiff::SignedDuration;
use reqwest::Method;
use secrecy::SecretString;
use tokio::sync::Mutex;
use tokio::time::Instant;
use tracing::warn;
use url::Url;

use super::api;
use super::oauth::{Application, OAuth};
use super::renewal::{self, Renewing, Vain};
use super::tokens::Tokens;
use crate::clock::{Clock, Moment};
use crate::service::api::{Answer, Api, Call, NoAnswer};
use crate::service::{ClockSkew, Outcome};

/// How long a renewal is left alone that failed while the tokens were still good.
const RENEWAL_REST: Duration = Duration::from_secs(15 * 60);

/// A user may write once in a second (section 1.3). Counted from an answer on, so that it holds where the calls arrive.
pub(super) const BETWEEN_WRITES: Duration = Duration::from_secs(1);

/// Where the tokens are kept. Read when they are first needed.
#[derive(Clone)]
pub struct TokenKeeper {
    pub(super) read: Arc<dyn Fn() -> Doing<SecretString> + Send + Sync>,
    pub(super) keep: Arc<dyn Fn(SecretString) -> Doing<()> + Send + Sync>,
    pub(super) prepare: Arc<dyn Fn() -> Doing<()> + Send + Sync>,
    pub(super) renewing: Renewing,
}

/// Something that is being done, or what is wrong and what to do.
pub(super) type Doing<T> = Pin<Box<dyn Future<Output = Result<T, String>> + Send>>;

impl TokenKeeper {
    /// A place that `read` gives the text of [`Tokens`] from, and in which `keep` replaces it, at once and for good.
    pub fn new<R, K>(
        read: impl Fn() -> R + Send + Sync + 'static,
        keep: impl Fn(SecretString) -> K + Send + Sync + 'static,
    ) -> Self
    where
        R: Future<Output = Result<SecretString, String>> + Send + 'static,
        K: Future<Output = Result<(), String>> + Send + 'static,
    {
        Self {
            read: Arc::new(move || Box::pin(read())),
            keep: Arc::new(move |text| Box::pin(keep(text))),
            prepare: Arc::new(|| Box::pin(async { Ok(()) })),
            renewing: Renewing::default(),
        }
    }

    /// The same, and whoever has the same `renewing` renews only after another: one that takes this one's place may come before
    /// a renewal has ended.
    #[must_use]
    pub fn renewed_in(self, renewing: Renewing) -> Self {
        Self { renewing, ..self }
    }

    /// The same, and before a renewal, which voids what is kept, `prepare` says whether a new pair could be kept.
    #[must_use]
    pub fn prepared_by<P>(self, prepare: impl Fn() -> P + Send + Sync + 'static) -> Self
    where
        P: Future<Output = Result<(), String>> + Send + 'static,
    {
        Self { prepare: Arc::new(move || Box::pin(prepare())), ..self }
    }
}

impl fmt::Debug for TokenKeeper {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("TokenKeeper(…)")
    }
}

/// Calls with a sign-in that is kept alive.
#[derive(Debug)]
pub(super) struct Session {
    api: Api,
    oauth: Arc<Mutex<OAuth>>,
    keeper: TokenKeeper,
    clock: Clock,
    skew: ClockSkew,
    /// Those in use.
    tokens: Option<Tokens>,
    /// A renewal that was not urgent is not tried before this.
    renewal_rests_until: Option<Moment>,
    /// When the last call was answered that wrote something.
    written: Option<Instant>,
}

impl Session {
    pub(super) fn new(
        api_url: Url,
        auth_url: Url,
        application: Application,
        keeper: TokenKeeper,
        clock: Clock,
        skew: ClockSkew,
    ) -> Self {
        Self {
            api: api::api(api_url, &application.client_id, clock.clone(), skew.clone()),
            oauth: Arc::new(Mutex::new(OAuth::measuring(auth_url, application, clock.clone(), skew.clone()))),
            keeper,
            clock,
            skew,
            tokens: None,
            renewal_rests_until: None,
            written: None,
        }
    }

    /// Makes `call`. Tokens that are refused are renewed, once.
    ///
    /// # Errors
    /// What to do when there are no good tokens.
    pub(super) async fn send(&mut self, call: &Call) -> Result<Result<Answer, NoAnswer>, Outcome> {
        let tokens = self.tokens().await?;
        let first = self.exchange(call, &tokens).await;
        if !is_unauthorised(&first) {
            return Ok(first);
        }
        let tokens = self.renew(&tokens).await.map_err(Vain::outcome)?;
        let second = self.exchange(call, &tokens).await;
        if is_unauthorised(&second) {
            self.tokens = None;
            return Err(renewal::sign_in_again());
        }
        Ok(second)
    }

    /// By how much Trakt's clock is ahead of this machine's; not at all before its first answer.
    pub(super) fn ahead(&self) -> SignedDuration {
        SignedDuration::from_secs(self.skew.ahead().unwrap_or(0))
    }

    async fn exchange(&mut self, call: &Call, tokens: &Tokens) -> Result<Answer, NoAnswer> {
        if call.method == Method::GET {
            return self.api.send(call, &tokens.access).await;
        }
        self.write_in_turn().await;
        let answer = self.api.send(call, &tokens.access).await;
        self.written = Some(Instant::now());
        answer
    }

    /// Waits until the next write is welcome.
    async fn write_in_turn(&self) {
        if let Some(written) = self.written {
            tokio::time::sleep_until(written + BETWEEN_WRITES).await;
        }
    }

    /// Tokens that are good, as far as their times tell.
    async fn tokens(&mut self) -> Result<Tokens, Outcome> {
        if let Some(new) = renewal::kept_at_last(&self.keeper).await.map_err(Vain::outcome)? {
            self.tokens = Some(new);
        }
        let tokens = match &self.tokens {
            Some(tokens) => tokens.clone(),
            None => renewal::read(&self.keeper).await.map_err(Vain::outcome)?,
        };
        self.tokens = Some(tokens.clone());
        let now = self.clock.now();
        let there = now.wall.as_second().saturating_add(self.skew.ahead().unwrap_or(0));
        if tokens.is_over(there) {
            return self.renew(&tokens).await.map_err(Vain::outcome);
        }
        let rests = self.renewal_rests_until.is_some_and(|until| until > now.moment);
        if !tokens.wants_renewal(there) || rests {
            return Ok(tokens);
        }
        match self.renew(&tokens).await {
            Ok(new) => Ok(new),
            Err(unkept @ Vain::Unkept { .. }) => Err(unkept.outcome()),
            // They can be used for days yet: what there is to tell is told, and the user has time.
            Err(Vain::Left { .. }) => {
                warn!("the sign-in to Trakt could not be renewed yet: it is tried again");
                self.renewal_rests_until = Some(now.moment.after(RENEWAL_REST));
                self.tokens = Some(tokens.clone());
                Ok(tokens)
            }
        }
    }

    /// New tokens in place of `old`. Nobody says that a renewal is no write.
    async fn renew(&mut self, old: &Tokens) -> Result<Tokens, Vain> {
        self.write_in_turn().await;
        let renewed = renewal::renewed(&self.keeper, &self.oauth, old).await;
        self.written = Some(Instant::now());
        match renewed {
            Ok(new) => {
                self.renewal_rests_until = None;
                self.tokens = Some(new.clone());
                Ok(new)
            }
            Err(vain) => {
                if vain.is_signed_out() {
                    self.tokens = None;
                }
                Err(vain)
            }
        }
    }
}

fn is_unauthorised(answer: &Result<Answer, NoAnswer>) -> bool {
    matches!(answer, Ok(Answer { status: 401, .. }))
}
