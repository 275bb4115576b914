//! What an error of the database means, by its SQLSTATE.
//!
//! The text of an error is translated by the server (`lc_messages`), and poolers have texts of their own. The SQLSTATE is the
//! same everywhere, but diesel-async does not pass it on. So it is appended to the text of each error on its way
//! from the server (`connection/labelled.rs`), and read back here. See `docs/development/adr/0011-errors-by-sqlstate.md`.

/// How a label begins.
const LABEL: &str = " (SQLSTATE ";
/// What follows the SQLSTATE in the label of an error that ended the connection.
const FATAL: &str = ", FATAL";

/// What is appended to the text of an error. `fatal`: the server closes the connection after it.
pub(crate) fn label(sqlstate: &str, fatal: bool) -> String {
    let fatal = if fatal { FATAL } else { "" };
    format!("{LABEL}{sqlstate}{fatal})")
}

/// An error that comes from the state of the database or of the connection, not from the statement.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum ErrorClass {
    /// Two transactions were in conflict. The statement may succeed when it is tried again.
    Contention,
    /// The server takes no writes: it is a standby, or a primary that was made read-only.
    ReadOnly,
    /// The connection has ended, or the server is about to end it.
    ConnectionLost,
    /// The server gave up waiting, or is out of connections, disk space or memory, or its system failed.
    Unavailable,
}

/// The class of the error with this labelled text; `None` if it has no label, or if the statement caused it.
pub(crate) fn error_class(text: &str) -> Option<ErrorClass> {
    // The label is the last one: the text before it may quote anything.
    let (_, label) = text.rsplit_once(LABEL)?;
    let (sqlstate, rest) = (label.get(..5)?, label.get(5..)?);
    match sqlstate {
        // serialization_failure, deadlock_detected
        "40001" | "40P01" => Some(ErrorClass::Contention),
        // read_only_sql_transaction
        "25006" => Some(ErrorClass::ReadOnly),
        _ if rest.starts_with(FATAL) => Some(ErrorClass::ConnectionLost),
        // query_canceled (by a statement timeout or an operator), lock_not_available
        "57014" | "55P03" => Some(ErrorClass::Unavailable),
        _ => match sqlstate.get(..2)? {
            // connection_exception, which poolers use too; operator_intervention such as a shutdown
            "08" | "57" => Some(ErrorClass::ConnectionLost),
            // insufficient_resources, system_error
            "53" | "58" => Some(ErrorClass::Unavailable),
            _ => None,
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_error_is_classified_by_its_sqlstate_whatever_its_text_says() {
        let cases = [
            ("40001", false, Some(ErrorClass::Contention)),
            ("40P01", false, Some(ErrorClass::Contention)),
            ("25006", false, Some(ErrorClass::ReadOnly)),
            ("55P03", false, Some(ErrorClass::Unavailable)),
            ("57014", false, Some(ErrorClass::Unavailable)),
            ("53100", false, Some(ErrorClass::Unavailable)),
            ("53200", false, Some(ErrorClass::Unavailable)),
            ("58030", false, Some(ErrorClass::Unavailable)),
            ("08P01", false, Some(ErrorClass::ConnectionLost)),
            ("57P01", true, Some(ErrorClass::ConnectionLost)),
            ("25P03", true, Some(ErrorClass::ConnectionLost)),
            ("53300", true, Some(ErrorClass::ConnectionLost)),
            ("XX000", true, Some(ErrorClass::ConnectionLost)),
            ("XX000", false, None),
            ("42P01", false, None),
            ("23505", false, None),
        ];
        for (sqlstate, fatal, class) in cases {
            for text in
                ["", "Verklemmung (Deadlock) entdeckt", "ロックのタイムアウト", "deadlock detected (SQLSTATE 40P01)"]
            {
                let labelled = format!("{text}{}", label(sqlstate, fatal));
                assert_eq!(error_class(&labelled), class, "{labelled}");
            }
        }
    }

    #[test]
    fn a_text_without_a_label_has_no_class() {
        for text in
            ["", "deadlock detected", "terminating connection", " (SQLSTATE ", " (SQLSTATE 4", "x (SQLSTATE ééé)"]
        {
            assert_eq!(error_class(text), None, "{text}");
        }
    }
}
