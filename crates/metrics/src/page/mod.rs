//! The status page: one self-contained HTML document, drawn from a [`Status`](crate::status::Status) and nothing else.
//!
//! It is written here rather than by a script from `/status`, so that it says everything without JavaScript, in a text
//! browser and in a saved file. What little script there is fetches the page again and puts the new `main` in the
//! place of the old one, which keeps a page that tells when the process no longer answers. Where scripts are off, the
//! browser reloads the page by itself.

mod frame;
mod headers;
mod lag;
mod letters;
mod now;
mod shards;
mod streams;

pub use frame::page;
pub use headers::page_headers;
