//! `wasi:http/outgoing-handler`. The implementation that comes with the engine takes over the options of a request and
//! never lets go of them, so that a component that makes some thousand requests runs into the bound on what it may hold.
//! Here they go with the request.

use super::state::State;
use wasmtime::StoreContextMut;
use wasmtime::component::{Linker, Resource};
use wasmtime_wasi_http::p2::bindings::http::outgoing_handler::Host;
use wasmtime_wasi_http::p2::bindings::http::types::ErrorCode;
use wasmtime_wasi_http::p2::types::{HostFutureIncomingResponse, HostOutgoingRequest};
use wasmtime_wasi_http::{RequestOptions, WasiHttpView};

/// The interface, by the version that the engine's own implementation is linked under.
const INTERFACE: &str = "wasi:http/outgoing-handler@0.2.12";

type Taken = (Resource<HostOutgoingRequest>, Option<Resource<RequestOptions>>);
type Sent = (Result<Resource<HostFutureIncomingResponse>, ErrorCode>,);

/// Puts it in the place of the implementation that comes with the engine. The linker has to allow that.
pub(super) fn add_to_linker(linker: &mut Linker<State>) -> wasmtime::Result<()> {
    linker.instance(INTERFACE)?.func_wrap("handle", handle)
}

fn handle(mut store: StoreContextMut<'_, State>, (request, options): Taken) -> wasmtime::Result<Sent> {
    let mut http = store.data_mut().http();
    let taken = options.as_ref().map(|options| Resource::<RequestOptions>::new_own(options.rep()));
    let sent = http.handle(request, options);
    // Only where they are still there: their place may be somebody else's.
    if let Some(taken) = taken.filter(|taken| http.table.get(taken).is_ok()) {
        http.table.delete(taken)?;
    }
    Ok((match sent {
        Ok(answer) => Ok(answer),
        Err(error) => Err(error.downcast()?),
    },))
}
