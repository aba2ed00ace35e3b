//! Where credentials come from: the places that all of Amazon's clients look at, in their order, and a role on top.

use std::error::Error;

use aws_config::default_provider::credentials::DefaultCredentialsChain;
use aws_config::environment::EnvironmentVariableRegionProvider;
use aws_config::meta::region::RegionProviderChain;
use aws_config::profile::ProfileFileRegionProvider;
use aws_config::provider_config::ProviderConfig;
use aws_config::sts::AssumeRoleProvider;
use aws_config::web_identity_token::{StaticConfiguration, WebIdentityTokenCredentialsProvider};
use aws_config::{BehaviorVersion, Region};
use aws_credential_types::Credentials;
use aws_credential_types::provider::{ProvideCredentials as _, Result as Provided};
use component::authenticator::Pending;
use thiserror::Error;

use super::connector::Connector;
use crate::sigv4auth::settings::{Role, Settings};

/// Of an error so much is shown: its text may come from whatever answers in place of a service.
const TEXT_CHARACTERS: usize = 400;

/// Why there are no credentials: one line, without secrets.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("{0}")]
pub struct Failure(pub String);

/// Where credentials come from.
pub trait Source: Send + Sync + 'static {
    /// Asks for them, now.
    fn fetch(&self) -> Pending<'_, Result<Credentials, Failure>>;
}

/// The places that all of Amazon's clients look at. They are looked at anew each time, so that a file that was changed is
/// read again.
#[derive(Debug)]
pub struct Chain {
    region: Option<String>,
    role: Option<Role>,
    connector: Connector,
}

impl Chain {
    /// The places for an extension.
    ///
    /// # Errors
    /// If the system's certificates cannot be read.
    pub fn new(settings: &Settings) -> std::io::Result<Self> {
        let Settings { region, role, .. } = settings;
        Ok(Self { region: region.clone(), role: role.clone(), connector: Connector::new()? })
    }

    async fn provide(&self) -> Provided {
        match &self.role {
            None => self.base().await.provide_credentials().await,
            Some(role) => match &role.token_file {
                Some(file) => self.web_identity(role, file).await,
                None => self.assumed(role).await,
            },
        }
    }

    /// What there is without a role.
    async fn base(&self) -> DefaultCredentialsChain {
        let region = regions(self.region.as_ref());
        DefaultCredentialsChain::builder().configure(self.provider_config()).region(region).build().await
    }

    async fn assumed(&self, role: &Role) -> Provided {
        let config = aws_config::defaults(BehaviorVersion::latest())
            .http_client(self.connector.clone())
            .region(regions(role.region.as_ref()))
            .credentials_provider(self.base().await)
            .load()
            .await;
        let mut provider = AssumeRoleProvider::builder(&role.arn).session_name(&role.session_name).configure(&config);
        if let Some(external_id) = &role.external_id {
            provider = provider.external_id(external_id);
        }
        provider.build().await.provide_credentials().await
    }

    async fn web_identity(&self, role: &Role, file: &str) -> Provided {
        let region = regions(role.region.as_ref()).region().await;
        let configuration = StaticConfiguration {
            web_identity_token_file: file.into(),
            role_arn: role.arn.clone(),
            session_name: role.session_name.clone(),
        };
        let provider = WebIdentityTokenCredentialsProvider::builder()
            .configure(&self.provider_config().with_region(region))
            .static_configuration(configuration)
            .build();
        provider.provide_credentials().await
    }

    fn provider_config(&self) -> ProviderConfig {
        ProviderConfig::without_region().with_http_client(self.connector.clone())
    }
}

impl Source for Chain {
    fn fetch(&self) -> Pending<'_, Result<Credentials, Failure>> {
        Box::pin(async { self.provide().await.map_err(|error| failure(&error)) })
    }
}

/// The region that is configured, else what the environment or a profile says.
pub async fn region(configured: Option<&String>) -> Option<String> {
    regions(configured).region().await.map(|region| region.to_string())
}

/// What is configured, else what the environment or a profile says. A machine's metadata is not asked: containers have
/// none, and would wait for it.
fn regions(configured: Option<&String>) -> RegionProviderChain {
    RegionProviderChain::first_try(configured.cloned().map(Region::new))
        .or_else(EnvironmentVariableRegionProvider::new())
        .or_else(ProfileFileRegionProvider::new())
}

/// An error and its causes in one line.
fn failure(error: &dyn Error) -> Failure {
    let mut line = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        let text = error.to_string();
        // Many repeat their cause.
        if !line.ends_with(&text) {
            line = format!("{line}: {text}");
        }
        cause = error.source();
    }
    let characters = line.chars().map(|character| if character.is_control() { ' ' } else { character });
    Failure(characters.take(TEXT_CHARACTERS).collect())
}
