//! A metadata service that says what the test tells it to.

use std::collections::BTreeMap;
use std::convert::Infallible;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex};

use bytes::Bytes;
use http::{HeaderMap, Method, Request, Response, StatusCode};
use http_body_util::Full;
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use tokio::net::TcpListener;

/// What is said to a request; none means that nothing is said at all.
pub type Answer = Option<(StatusCode, String)>;

type Answers = BTreeMap<(Method, &'static str), Vec<Answer>>;

#[derive(Default)]
struct State {
    answers: Answers,
    asked: Vec<(Method, String, HeaderMap)>,
}

pub struct Fake {
    pub address: SocketAddr,
    state: Arc<Mutex<State>>,
}

impl Fake {
    pub async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let address = listener.local_addr().expect("an address");
        let state: Arc<Mutex<State>> = Arc::default();
        let shared = Arc::clone(&state);
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let state = Arc::clone(&shared);
                tokio::spawn(async move {
                    let service = service_fn(|request| answer(request, &state));
                    let _ = http1::Builder::new().serve_connection(TokioIo::new(stream), service).await;
                });
            }
        });
        Self { address, state }
    }

    /// Says this to a request, and again to the next ones.
    pub fn say(self, path: &'static str, text: &str) -> Self {
        self.then(Method::GET, path, Some((StatusCode::OK, text.to_owned())))
    }

    /// Says this behind what it says already to a request. The last answer is given again and again.
    pub fn then(self, method: Method, path: &'static str, answer: Answer) -> Self {
        self.state.lock().expect("no panic").answers.entry((method, path)).or_default().push(answer);
        self
    }

    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// Methods and paths of all requests.
    pub fn asked(&self) -> Vec<String> {
        let state = self.state.lock().expect("no panic");
        state.asked.iter().map(|(method, path, _)| format!("{method} {path}")).collect()
    }

    /// A header of each request, empty where it had none.
    pub fn header(&self, name: &str) -> Vec<String> {
        let state = self.state.lock().expect("no panic");
        let value = |headers: &HeaderMap| headers.get(name).and_then(|value| value.to_str().ok()).map(str::to_owned);
        state.asked.iter().map(|(_, _, headers)| value(headers).unwrap_or_default()).collect()
    }
}

async fn answer(request: Request<Incoming>, state: &Mutex<State>) -> Result<Response<Full<Bytes>>, Infallible> {
    let (method, path) = (request.method().clone(), request.uri().path().to_owned());
    let answer = {
        let mut state = state.lock().expect("no panic");
        state.asked.push((method.clone(), path.clone(), request.headers().clone()));
        let answers = state.answers.iter_mut().find(|((known, at), _)| *known == method && **at == path);
        match answers {
            Some((_, answers)) if answers.len() > 1 => answers.remove(0),
            Some((_, answers)) => answers[0].clone(),
            None => Some((StatusCode::NOT_FOUND, "there is no such path".into())),
        }
    };
    match answer {
        Some((status, text)) => {
            let mut response = Response::new(Full::new(Bytes::from(text)));
            *response.status_mut() = status;
            if status.is_redirection() {
                response.headers_mut().insert("location", http::HeaderValue::from_static("/elsewhere"));
            }
            Ok(response)
        }
        None => std::future::pending().await,
    }
}
