//! The question: `DiscoverInstances`, signed.

use bytes::Bytes;
use clock::Clock;
use component::authenticator::{self, Authenticator as _, Next, Outgoing, Pending};
use extensions::sigv4auth::Signer;
use extensions::sigv4auth::credentials::source::{self, Source};
use http::header::{CONTENT_TYPE, HOST, HeaderName, HeaderValue, USER_AGENT};
use http::{HeaderMap, Method, Request, StatusCode, Uri};
use http_body_util::Full;
use serde::Serialize;

use super::answer;
use super::block::Health;
use crate::http as client;
use crate::polling::{Answer, Failure, Lookup};

/// Where nothing says a region, as in the Collector.
const REGION: &str = "us-east-1";

/// An answer with 1,000 instances of a kilobyte or two, and then some.
const ANSWER_BYTES: usize = 8 << 20;

/// The service as signatures name it, and the call.
const SERVICE: &str = "servicediscovery";
const TARGET: HeaderName = HeaderName::from_static("x-amz-target");
const CALL: HeaderValue = HeaderValue::from_static("Route53AutoNaming_v20170314.DiscoverInstances");
const JSON: HeaderValue = HeaderValue::from_static("application/x-amz-json-1.1");

/// What is asked for.
#[derive(Debug, Clone)]
pub(crate) struct Question {
    pub(crate) namespace: String,
    pub(crate) service: String,
    pub(crate) health: Health,
    pub(crate) owner: Option<String>,
    pub(crate) port: Option<u16>,
    pub(crate) region: Option<String>,
    pub(crate) endpoint: Option<Uri>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Body<'a> {
    namespace_name: &'a str,
    service_name: &'a str,
    health_status: &'a str,
    max_results: usize,
    #[serde(skip_serializing_if = "Option::is_none")]
    owner_account: Option<&'a str>,
}

/// Asks Cloud Map.
pub(crate) struct CloudMap {
    id: String,
    question: Question,
    client: client::Client,
    clock: Clock,
    /// Until the region is known.
    source: Option<Box<dyn Source>>,
    signer: Option<(Uri, Signer)>,
}

impl CloudMap {
    /// Asks in the name of the exporter `id`, with credentials of `source`.
    pub(crate) fn new(
        id: &str,
        question: Question,
        client: client::Client,
        source: Box<dyn Source>,
        clock: Clock,
    ) -> Self {
        Self { id: id.to_owned(), question, client, clock, source: Some(source), signer: None }
    }

    /// The address, and by whom requests are signed; found out once.
    async fn identify(&mut self) -> Result<(), Failure> {
        let Some(source) = self.source.take() else { return Ok(()) };
        let region = source::region(self.question.region.as_ref()).await.unwrap_or_else(|| REGION.to_owned());
        let address = match &self.question.endpoint {
            Some(endpoint) => endpoint.clone(),
            None => address(&region).map_err(|error| Failure::Other(error.to_string()))?,
        };
        let settings = extensions::sigv4auth::settings::Settings {
            id: self.id.clone(),
            region: Some(region),
            service: Some(SERVICE.to_owned()),
            role: None,
        };
        self.signer = Some((address, Signer::new(settings, source, self.clock.clone())));
        Ok(())
    }

    async fn discover(&mut self) -> Result<Answer, Failure> {
        self.identify().await?;
        match self.ask().await? {
            Asked::Answer(answer) => Ok(answer),
            // What was refused has been replaced.
            Asked::Refused(Next::Repeat, _) => match self.ask().await? {
                Asked::Answer(answer) => Ok(answer),
                Asked::Refused(_, failure) => Err(failure),
            },
            Asked::Refused(Next::Stand | Next::Wait, failure) => Err(failure),
        }
    }

    async fn ask(&self) -> Result<Asked, Failure> {
        let Some((uri, signer)) = &self.signer else { return Err(Failure::Other("the region is not known".into())) };
        let question = &self.question;
        let body = Body {
            namespace_name: &question.namespace,
            service_name: &question.service,
            health_status: question.health.word(),
            max_results: answer::MOST,
            owner_account: question.owner.as_deref(),
        };
        let body = Bytes::from(serde_json::to_vec(&body).map_err(|error| Failure::Other(error.to_string()))?);
        let host = HeaderValue::try_from(client::host(uri)).map_err(|error| Failure::Other(error.to_string()))?;
        let agent = HeaderValue::from_static("alluvium");
        let mut headers =
            HeaderMap::from_iter([(HOST, host), (CONTENT_TYPE, JSON), (TARGET, CALL), (USER_AGENT, agent)]);
        let outgoing = Outgoing { method: &Method::POST, uri, headers: &mut headers, body: &body };
        let stamp = signer.authenticate(outgoing).await.map_err(|error| Failure::Other(error.message))?;
        let mut request = Request::new(Full::new(body));
        *request.method_mut() = Method::POST;
        *request.uri_mut() = uri.clone();
        *request.headers_mut() = headers;
        let (parts, body) = self.client.send(request).await?.into_parts();
        let body = client::body(body, ANSWER_BYTES).await?;
        let text = String::from_utf8_lossy(&body);
        // These services say 400 where others say 403.
        let status = if answer::is_about_credentials(&body) { StatusCode::FORBIDDEN } else { parts.status };
        let heard = authenticator::Answer { stamp, uri, status, headers: &parts.headers, text: &text };
        let verdict = signer.answered(heard);
        if parts.status.is_success() {
            return answer::members(&body, question.port).map(Asked::Answer);
        }
        Ok(Asked::Refused(verdict.next, answer::failure(parts.status, &body, &verdict.text)))
    }
}

/// What came of a request.
enum Asked {
    Answer(Answer),
    Refused(Next, Failure),
}

impl Lookup for CloudMap {
    fn name(&self) -> &'static str {
        "aws"
    }

    fn look_up(&mut self) -> Pending<'_, Result<Answer, Failure>> {
        Box::pin(self.discover())
    }
}

/// Where Cloud Map is asked for instances.
fn address(region: &str) -> Result<Uri, http::uri::InvalidUri> {
    let domain = if region.starts_with("cn-") { "amazonaws.com.cn" } else { "amazonaws.com" };
    format!("https://data-servicediscovery.{region}.{domain}/").parse()
}
