//! Who asks: a program whose token is good, before anything of the request is read.

use actix_web::dev::Payload;
use actix_web::http::header;
use actix_web::{FromRequest, HttpRequest, web};
use futures_util::future::LocalBoxFuture;
use protocol::ids::{DeviceId, IntegrationId, MemberId};

use crate::domain::access::{Grant, Integration, Permission};
use crate::http::State;
use crate::http::bearer;
use crate::http::error::{Code, Problem};
use crate::service::{Denial, ServiceError, Services, Thing};

use super::answer::advised;

/// A request of a program whose token is good. What it may do says [`Caller::grant`].
pub struct Caller {
    pub state: web::Data<State>,
    pub request: HttpRequest,
    who: Integration,
}

impl Caller {
    async fn of(request: HttpRequest) -> Result<Self, Problem> {
        let Some(state) = request.app_data::<web::Data<State>>().cloned() else {
            return Err(Problem::without_state(Code::Internal));
        };
        let admitted = match bearer::token(&request) {
            Some(token) => state.services.admit_integration(&token).await,
            None => Err(Denial::Token.into()),
        };
        let who = admitted.map_err(|error| advised(state.refusal(&error)))?;
        Ok(Self { state, request, who })
    }

    pub fn services(&self) -> &Services {
        &self.state.services
    }

    /// The permission, if the token's scope has it.
    pub fn grant<P: Permission>(&self) -> Result<Grant<P>, Problem> {
        self.who.grant().map_err(|refused| self.refused(refused))
    }

    /// What a use case refused, with the next step.
    pub fn refused(&self, error: impl Into<ServiceError>) -> Problem {
        advised(self.state.refusal(&error.into()))
    }

    /// What this layer refuses.
    pub fn problem(&self, code: Code) -> Problem {
        advised(self.state.problem(code))
    }

    /// Whoever is suspended or revoked is out when the answer goes.
    pub async fn told(&self) {
        self.state.announced.clone().all(&self.state.services).await;
    }

    /// A header as text.
    pub fn header(&self, name: header::HeaderName) -> Option<&str> {
        self.request.headers().get(name).and_then(|value| value.to_str().ok())
    }

    fn part(&self, name: &str) -> &str {
        self.request.match_info().get(name).unwrap_or_default()
    }

    /// An id that is no id is nobody's.
    pub fn person(&self) -> Result<MemberId, Problem> {
        self.part("person").parse().map_err(|_| self.refused(ServiceError::Missing(Thing::Person)))
    }

    pub fn device(&self) -> Result<DeviceId, Problem> {
        self.part("device").parse().map_err(|_| self.refused(ServiceError::Missing(Thing::Device)))
    }

    pub fn integration(&self) -> Result<IntegrationId, Problem> {
        self.part("integration").parse().map_err(|_| self.refused(ServiceError::Missing(Thing::Integration)))
    }

    /// The number of a request.
    pub fn approval(&self) -> Result<u64, Problem> {
        self.part("approval").parse().map_err(|_| self.refused(ServiceError::Missing(Thing::Approval)))
    }

    /// The position of a run.
    pub fn run(&self) -> Result<u64, Problem> {
        self.part("run").parse().map_err(|_| self.refused(ServiceError::Missing(Thing::Run)))
    }

    /// The name of a source.
    pub fn source(&self) -> &str {
        self.part("source")
    }
}

impl FromRequest for Caller {
    type Error = Problem;
    type Future = LocalBoxFuture<'static, Result<Self, Problem>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        Box::pin(Self::of(request.clone()))
    }
}
