//! How requests are made and repeated.

/// How requests are made and repeated.
#[derive(Clone, Copy, Debug)]
pub struct HttpConfig {
    /// Name and version of the application, as services like to see them.
    pub user_agent: &'static str,
    /// Longest wait for an answer to begin, and for each further part, in milliseconds.
    pub timeout_ms: u64,
    /// How often a request is sent at least before it is given up; once: it is never sent again.
    pub max_attempts: u32,
    /// Longest single wait, in milliseconds.
    pub max_wait_ms: u64,
    /// Requests under way at the same time, the one whose answer is being read among them; at least 1.
    pub max_in_flight: usize,
}
