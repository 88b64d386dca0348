use axum::{
    Router,
    extract::Request,
    handler::Handler,
    middleware::{self, Next},
    routing::{MethodRouter, get, post},
};
use portico_domain::access::Action;

use crate::{App, guard};

/// Who may use a route. There is no way to add a route without saying so.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Access {
    /// Anybody: patients' pages, sign-in, assets. A capability (a form's secret, a private link) guards what is private.
    Public,
    /// Signed-in staff whose role holds the action.
    Staff(Action),
    /// Any signed-in member of staff.
    SignedIn,
    /// An outside service with its own token, which the handler checks.
    Service,
}

impl Access {
    /// As the printed table says it.
    pub fn words(self) -> String {
        match self {
            Access::Public => "anybody".into(),
            Access::Staff(action) => format!("staff: {}", action.label().to_lowercase()),
            Access::SignedIn => "any signed-in member of staff".into(),
            Access::Service => "an outside service with its token".into(),
        }
    }
}

/// One route as it is declared.
#[derive(Debug, Clone)]
pub struct Route {
    /// GET or POST.
    pub method: &'static str,
    /// Its path with parameters in braces.
    pub path: &'static str,
    /// Who may use it.
    pub access: Access,
}

/// Marks a request to a route whose form may carry files.
#[derive(Debug, Clone, Copy)]
pub(crate) struct TakesFiles;

/// Routes with their declared access.
#[derive(Default)]
pub struct Routes {
    declared: Vec<Route>,
    handlers: Vec<(&'static str, MethodRouter<App>)>,
}

impl Routes {
    /// None yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// A page.
    pub fn get<H, T>(self, path: &'static str, access: Access, handler: H) -> Self
    where
        H: Handler<T, App>,
        T: 'static,
    {
        self.add("GET", path, access, get(handler))
    }

    /// A form that is sent.
    pub fn post<H, T>(self, path: &'static str, access: Access, handler: H) -> Self
    where
        H: Handler<T, App>,
        T: 'static,
    {
        self.add("POST", path, access, post(handler))
    }

    /// A form that takes files besides its fields.
    pub fn post_files<H, T>(self, path: &'static str, access: Access, handler: H) -> Self
    where
        H: Handler<T, App>,
        T: 'static,
    {
        let takes_files = middleware::from_fn(|mut request: Request, next: Next| {
            request.extensions_mut().insert(TakesFiles);
            next.run(request)
        });
        // The mark is set before the guard reads the body, so its layer goes around the guard's.
        let mut routes = self.add("POST", path, access, post(handler));
        if let Some((_, guarded)) = routes.handlers.last_mut() {
            *guarded = std::mem::take(guarded).layer(takes_files);
        }
        routes
    }

    fn add(mut self, method: &'static str, path: &'static str, access: Access, handler: MethodRouter<App>) -> Self {
        let guarded = handler.layer(middleware::from_fn(move |mut request: Request, next: Next| {
            request.extensions_mut().insert(access);
            guard::guard(request, next)
        }));
        self.declared.push(Route { method, path, access });
        self.handlers.push((path, guarded));
        self
    }

    /// These and those.
    pub fn and(mut self, other: Routes) -> Self {
        self.declared.extend(other.declared);
        self.handlers.extend(other.handlers);
        self
    }

    /// What has been declared, for the printed table and the tests that compare with it.
    pub fn declared(&self) -> &[Route] {
        &self.declared
    }

    /// The service that answers them all.
    pub fn into_router(self, app: App) -> Router {
        let mut router = Router::new();
        for (path, handler) in self.handlers {
            router = router.route(path, handler);
        }
        let outer = app.clone();
        router
            .fallback(guard::not_found)
            .layer(middleware::from_fn(guard::last_resort))
            .layer(tower_http::compression::CompressionLayer::new().gzip(true))
            .layer(middleware::from_fn(move |mut request: Request, next: Next| {
                request.extensions_mut().insert(outer.clone());
                guard::shell(request, next)
            }))
            .with_state(app)
    }
}
