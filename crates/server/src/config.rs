//! Configuration: a TOML file, environment variables over it, sensible defaults under it.

use std::{
    path::{Path, PathBuf},
    sync::Arc,
};

use anyhow::Context;
use portico_interop::{imap::MailboxConfig, nhs_notify::NhsNotifyConfig, notify::NotifyConfig, smtp::SmtpConfig};
use serde::Deserialize;

/// Everything that can be set; the README's table says what each means.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Config {
    /// Where to listen.
    pub listen: String,
    /// `sqlite:PATH` or `postgres://…`.
    pub database_url: String,
    /// What links in messages begin with.
    pub public_url: String,
    /// Whether TLS stands in front.
    pub tls: bool,
    /// Header in which a trusted proxy puts the visitor's address.
    pub address_header: Option<String>,
    /// An SVG file with a logo that the organisation is entitled to show.
    pub logo: Option<PathBuf>,
    /// What that file holds.
    #[serde(skip)]
    pub logo_svg: Option<Arc<[u8]>>,
    /// Tries to sign in per account and quarter of an hour.
    pub sign_in_tries: u32,
    /// Forms from one address a minute.
    pub forms_a_minute: u32,
    /// A clamd (`host:port`) that looks at files before anybody opens them.
    pub scanner: Option<String>,
    /// A GOV.UK Notify-shaped service.
    pub notify: Option<NotifyConfig>,
    /// NHS Notify, for messages in the NHS App.
    pub nhs_notify: Option<NhsNotifyConfig>,
    /// A mail server.
    pub smtp: Option<SmtpConfig>,
    /// Mailboxes that patients write to.
    pub mailbox: Vec<MailboxConfig>,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            listen: "127.0.0.1:8080".into(),
            database_url: "sqlite:portico.db".into(),
            public_url: String::new(),
            tls: false,
            address_header: None,
            logo: None,
            logo_svg: None,
            sign_in_tries: 10,
            forms_a_minute: 120,
            scanner: None,
            notify: None,
            nhs_notify: None,
            smtp: None,
            mailbox: Vec::new(),
        }
    }
}

impl Config {
    /// Reads `portico.toml` (or the file named) when it is there, then the environment.
    pub fn read(file: Option<&Path>) -> anyhow::Result<Self> {
        let path = file.unwrap_or(Path::new("portico.toml"));
        let mut config: Config = match std::fs::read_to_string(path) {
            Ok(text) => toml::from_str(&text).with_context(|| format!("{} does not read", path.display()))?,
            Err(_) if file.is_none() => Self::default(),
            Err(error) => return Err(error).with_context(|| format!("{} cannot be opened", path.display())),
        };
        let set = |name: &str, place: &mut String| {
            if let Ok(value) = std::env::var(name) {
                *place = value;
            }
        };
        set("PORTICO_LISTEN", &mut config.listen);
        set("DATABASE_URL", &mut config.database_url);
        set("PORTICO_PUBLIC_URL", &mut config.public_url);
        if let Ok(value) = std::env::var("PORTICO_TLS") {
            config.tls = matches!(value.as_str(), "1" | "true" | "yes");
        }
        if let Some(path) = &config.logo {
            config.logo_svg = Some(std::fs::read(path).with_context(|| format!("the logo {} cannot be opened", path.display()))?.into());
        }
        if config.public_url.is_empty() {
            config.public_url = format!("http://{}", config.listen);
        }
        Ok(config)
    }

    /// The part that the web shell needs.
    pub fn web(&self) -> portico_web::AppConfig {
        portico_web::AppConfig {
            tls: self.tls,
            public_url: self.public_url.trim_end_matches('/').to_owned(),
            logo: self.logo_svg.clone(),
            sign_in_tries: self.sign_in_tries,
            forms_a_minute: self.forms_a_minute,
            scanner: self.scanner.clone(),
            address_header: self.address_header.clone(),
        }
    }
}
