//! Findings, most serious first.

/// How serious a finding is; see `severity` in `wit/types.wit`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Severity {
    /// It will not run, or not completely.
    Error,
    /// Somebody should look.
    Warning,
    /// Good news.
    Info,
}

/// One thing that was found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// How serious.
    pub severity: Severity,
    /// What it is about.
    pub subject: String,
    /// What was found.
    pub message: String,
    /// What to do; empty for good news.
    pub remedy: String,
}

/// The answer.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Report {
    /// Most serious first.
    pub findings: Vec<Finding>,
}

impl Report {
    /// Adds a finding, behind those that are as serious.
    #[inline(never)]
    pub fn find(&mut self, severity: Severity, subject: &str, message: &str, remedy: &str) {
        let behind = self.findings.iter().position(|finding| finding.severity > severity);
        let finding = Finding { severity, subject: subject.into(), message: message.into(), remedy: remedy.into() };
        self.findings.insert(behind.unwrap_or(self.findings.len()), finding);
    }
}
