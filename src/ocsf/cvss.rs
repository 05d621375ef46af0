//! CVSS scores.

use defender_rows::event::JsonWriter;
use defender_rows::record::Number;

/// Metrics of a vector that make a score temporal (CVSS 3.1, section 3).
const TEMPORAL: [&str; 3] = ["E", "RL", "RC"];

/// Version of a score of which no more is known than that it is one: OCSF demands a version.
const NO_VERSION: &str = "unknown";

/// Writes `cvss` with one score. `major` is what is known of its version without a vector, `severity` Defender's word for
/// it.
pub fn write(
    out: &mut JsonWriter,
    score: Number<'_>,
    major: Option<&str>,
    vector: Option<&str>,
    severity: Option<&str>,
) {
    out.array_member("cvss", |out| {
        out.object(|out| {
            out.name("base_score");
            out.raw(score.as_str());
            out.text_member("version", vector.and_then(version).or(major).unwrap_or(NO_VERSION));
            if let Some(vector) = vector {
                out.text_member("vector_string", vector);
                out.text_member("depth", if is_temporal(vector) { "Temporal" } else { "Base" });
            }
            out.repeat("severity", severity);
            out.repeat("vendor_name", Some("Microsoft"));
        });
    });
}

/// The version that a vector names, as `3.1` in `CVSS:3.1/AV:N/…`.
fn version(vector: &str) -> Option<&str> {
    let (prefix, _) = vector.split_once('/')?;
    prefix.strip_prefix("CVSS:").filter(|version| !version.is_empty())
}

fn is_temporal(vector: &str) -> bool {
    vector.split('/').any(|metric| metric.split_once(':').is_some_and(|(name, _)| TEMPORAL.contains(&name)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn written(vector: Option<&str>) -> String {
        let mut out = JsonWriter::default();
        out.object(|out| write(out, Number::parse("7.5").unwrap(), Some("3"), vector, None));
        out.as_str().to_owned()
    }

    #[test]
    fn version_and_depth_come_from_the_vector() {
        let temporal = written(Some("CVSS:3.0/AV:N/AC:L/PR:N/UI:N/S:U/C:N/I:N/A:H/E:U/RL:O/RC:C"));
        assert!(temporal.contains(r#""base_score":7.5,"version":"3.0""#) && temporal.contains("Temporal"));
        let base = written(Some("CVSS:3.1/AV:N/AC:L"));
        assert!(base.contains(r#""version":"3.1""#) && base.contains(r#""depth":"Base""#));
        assert!(written(None).contains(r#""version":"3","vendor_name""#));
        assert!(written(Some("AV:N/AC:L")).contains(r#""version":"3","vector_string":"AV:N/AC:L","depth":"Base""#));
    }
}
