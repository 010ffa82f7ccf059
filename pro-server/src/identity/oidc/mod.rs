//! Identity providers (OpenID Connect Core 1.0): this server as their client. People sign in at enrollment, administrators in the
//! console; both in a browser that never brings a token here, for tokens come from the provider itself, over TLS. Nothing that a
//! provider says is kept but who it was.

pub mod claims;
pub mod fault;
mod metadata;
mod published;
mod token;
pub mod verify;

use protocol::ids::Hash32;
use protocol::secret::{Personal, Secret};
use protocol::time::Timestamp;

use crate::clock::Ambient;
use crate::config::identity::OidcConfig;

use crate::https::{HttpClient, HttpsUrl, Sent};
use crate::tls::client::NoRoots;
use claims::{Claims, Unnamed};
use fault::{BadToken, ProviderFault, SignInRefused};
use metadata::{Metadata, SaysIssuer};
use published::{Known, Published};
use token::{ClientCredentials, Tokens};
use verify::{Expected, Logout};

pub use token::DeviceCode;

/// The one way in which anything is asked for (RFC 6749 §4.1, RFC 7636).
const RANDOM_BYTES: usize = 32;
const DEVICE_GRANT: &str = "urn:ietf:params:oauth:grant-type:device_code";
const NONCE_LABEL: &[u8] = b"isoloir oidc nonce v1\0";

/// Somebody whom a provider has authenticated just now.
#[derive(Debug, Clone)]
pub struct Verified {
    pub issuer: String,
    /// Never given to anybody else by this issuer (Core §2).
    pub subject: Personal<String>,
    /// The provider's name for this sign-in, by which it ends it.
    pub session: Option<Personal<String>>,
    /// Who that is in the directory.
    pub person: Result<Personal<String>, Unnamed>,
}

/// A sign-in in a browser, under way. All of it is secret but `page`, and lives in memory only.
#[derive(Clone)]
pub struct BrowserSignIn {
    /// Where the browser goes.
    pub page: HttpsUrl,
    /// Comes back with the answer: it is the answer to this very sign-in.
    pub state: Secret<String>,
    redirect: String,
    verifier: Secret<String>,
    nonce: Secret<String>,
}

/// What the browser brought back.
#[derive(Debug, Clone)]
pub struct Callback {
    pub code: Secret<String>,
    pub state: Secret<String>,
    /// RFC 9207.
    pub issuer: Option<String>,
}

/// One configured provider. Nothing is asked before somebody signs in.
pub struct Provider {
    pub config: OidcConfig,
    http: HttpClient,
    client: ClientCredentials,
    published: Published,
    ambient: Ambient,
}

impl Provider {
    pub fn new(config: OidcConfig, ambient: &Ambient) -> Result<Self, NoRoots> {
        let http = HttpClient::new(config.ca_file.as_deref())?;
        let client = ClientCredentials { id: config.client_id.clone(), secret: config.client_secret.clone() };
        let ambient = ambient.stream("identity provider");
        Ok(Self { published: Published::new(config.issuer.clone()), config, http, client, ambient })
    }

    /// Begins a sign-in that ends at `redirect`. `purpose` is what it is for: its hash is in the nonce, so that the token belongs to
    /// that and nothing else.
    pub async fn begin_in_browser(&self, redirect: &str, purpose: &[u8]) -> Result<BrowserSignIn, ProviderFault> {
        let known = self.known().await?;
        let [state, verifier, salt] =
            [(); 3].map(|()| Secret::new(data_encoding::BASE64URL_NOPAD.encode(&self.ambient.bytes::<RANDOM_BYTES>())));
        let nonce = nonce(&salt, purpose);
        let challenge = data_encoding::BASE64URL_NOPAD.encode(Hash32::sha256(verifier.expose().as_bytes()).as_bytes());
        let mut query = form_urlencoded::Serializer::new(String::new());
        query
            .append_pair("response_type", "code")
            .append_pair("client_id", &self.config.client_id)
            .append_pair("redirect_uri", redirect)
            .append_pair("scope", &self.config.scopes.join(" "))
            .append_pair("state", state.expose())
            .append_pair("nonce", nonce.expose())
            .append_pair("code_challenge", &challenge)
            .append_pair("code_challenge_method", "S256");
        let base = known.metadata.authorization.as_str();
        let joint = if base.contains('?') { '&' } else { '?' };
        let page = HttpsUrl::parse(&format!("{base}{joint}{}", query.finish())).ok_or(ProviderFault::Metadata)?;
        Ok(BrowserSignIn { page, state, redirect: redirect.to_owned(), verifier, nonce })
    }

    /// Ends a sign-in in a browser with what it brought back. To be called once.
    pub async fn finish_in_browser(
        &self,
        begun: &BrowserSignIn,
        callback: &Callback,
    ) -> Result<Verified, SignInRefused> {
        let known = self.known().await?;
        self.check_callback(begun, callback, &known.metadata)?;
        let pairs = vec![
            ("grant_type", "authorization_code"),
            ("code", callback.code.expose().as_str()),
            ("redirect_uri", &begun.redirect),
            ("code_verifier", begun.verifier.expose()),
        ];
        let tokens = self.tokens(&known.metadata, pairs).await?;
        self.verified(&known, &tokens, Some(&begun.nonce)).await
    }

    fn check_callback(
        &self,
        begun: &BrowserSignIn,
        callback: &Callback,
        metadata: &Metadata,
    ) -> Result<(), SignInRefused> {
        let hash = |secret: &Secret<String>| Hash32::sha256(secret.expose().as_bytes());
        if hash(&begun.state) != hash(&callback.state) {
            return Err(BadToken::Nonce.into());
        }
        match (&callback.issuer, metadata.says_issuer) {
            (Some(issuer), _) if *issuer != self.config.issuer => Err(BadToken::Issuer.into()),
            (None, SaysIssuer::Always) => Err(BadToken::Issuer.into()),
            (Some(_), _) | (None, SaysIssuer::Unknown) => Ok(()),
        }
    }

    /// Begins a sign-in that the person finishes on another screen (RFC 8628 §3.1).
    pub async fn begin_by_device(&self) -> Result<DeviceCode, ProviderFault> {
        let known = self.known().await?;
        let url = known.metadata.device_authorization.as_ref().ok_or(ProviderFault::NoDeviceFlow)?;
        let scope = self.config.scopes.join(" ");
        // The client is named in any case: not every provider looks at the credentials for that.
        let mut form = self.client.form(vec![("scope", &scope)], known.metadata.secret_by);
        if !form.0.iter().any(|(name, _)| *name == "client_id") {
            form.0.push(("client_id", &self.client.id));
        }
        token::device_code(&self.http.exchange(url, token::sent(&form)).await?)
    }

    /// Asks once whether the person has finished (RFC 8628 §3.4).
    pub async fn finish_by_device(&self, code: &Secret<String>) -> Result<Verified, SignInRefused> {
        let known = self.known().await?;
        let pairs = vec![("grant_type", DEVICE_GRANT), ("device_code", code.expose().as_str())];
        let tokens = self.tokens(&known.metadata, pairs).await?;
        self.verified(&known, &tokens, None).await
    }

    /// Checks a logout token that came from anywhere.
    pub async fn logged_out(&self, token: &str) -> Result<Logout, SignInRefused> {
        let known = self.known().await?;
        match verify::logout_token(token, self.expected(), &known.keys) {
            Err(BadToken::UnknownKey) => {
                let known = self.published.read_keys_again(&self.http, self.ambient.now()).await?;
                Ok(verify::logout_token(token, self.expected(), &known.keys)?)
            }
            checked => Ok(checked?),
        }
    }

    /// Reads what the provider publishes, for who wants to know whether it can be used.
    pub async fn examine(&self) -> Result<(), ProviderFault> {
        self.known().await.map(|_| ())
    }

    async fn known(&self) -> Result<Known, ProviderFault> {
        self.published.known(&self.http, self.ambient.now()).await
    }

    async fn tokens<'a>(
        &'a self,
        metadata: &Metadata,
        pairs: Vec<(&'a str, &'a str)>,
    ) -> Result<Tokens, SignInRefused> {
        let form = self.client.form(pairs, metadata.secret_by);
        let reply = self.http.exchange(&metadata.token, token::sent(&form)).await.map_err(ProviderFault::from)?;
        token::tokens(&reply)
    }

    async fn verified(
        &self,
        known: &Known,
        tokens: &Tokens,
        nonce: Option<&Secret<String>>,
    ) -> Result<Verified, SignInRefused> {
        let said = match verify::id_token(&tokens.id_token, nonce, self.expected(), &known.keys) {
            // The keys were changed since they were read.
            Err(BadToken::UnknownKey) => {
                let known = self.published.read_keys_again(&self.http, self.ambient.now()).await?;
                verify::id_token(&tokens.id_token, nonce, self.expected(), &known.keys)?
            }
            said => said?,
        };
        let said = self.with_userinfo(said, &known.metadata, tokens).await?;
        if self.config.required.as_ref().is_some_and(|required| !said.holds(required)) {
            return Err(SignInRefused::Required);
        }
        let person = self.config.person.as_ref().map_or(Err(Unnamed::Missing), |wanted| said.person(wanted));
        Ok(Verified {
            issuer: self.config.issuer.clone(),
            subject: Personal::from(said.text("sub").ok_or(BadToken::Subject)?),
            session: said.text("sid").map(Personal::from),
            person,
        })
    }

    /// Groups and mail stand only there with some providers.
    async fn with_userinfo(&self, said: Claims, metadata: &Metadata, tokens: &Tokens) -> Result<Claims, SignInRefused> {
        let (Some(url), Some(access)) = (&metadata.userinfo, &tokens.access_token) else { return Ok(said) };
        let reply = self.http.exchange(url, Sent::Bearer(access)).await.map_err(ProviderFault::from)?;
        if reply.status != 200 {
            return Err(ProviderFault::Answer { status: reply.status }.into());
        }
        let info = Claims::parse(&reply.body).ok_or(ProviderFault::Metadata)?;
        said.with_userinfo(info).ok_or(SignInRefused::Token(BadToken::Subject))
    }

    fn expected(&self) -> Expected<'_> {
        Expected { issuer: &self.config.issuer, client_id: &self.config.client_id, now: self.now() }
    }

    fn now(&self) -> Timestamp {
        self.ambient.now()
    }
}

/// Of what the sign-in is for, and of this one sign-in.
fn nonce(salt: &Secret<String>, purpose: &[u8]) -> Secret<String> {
    let hash =
        Hash32::sha256(&zeroize::Zeroizing::new([NONCE_LABEL, salt.expose().as_bytes(), b"\0", purpose].concat()));
    Secret::new(data_encoding::BASE64URL_NOPAD.encode(hash.as_bytes()))
}
