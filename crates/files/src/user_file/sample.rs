//! Looks for causes that concern the whole file among the first records, to report each once.

use super::{Content, UserFile};
use crate::{
    FileFault,
    document::Document,
    table::Records,
    unknown::{self, Unknown},
    user::{Draft, Field, Value},
    usernames::Rule,
};
use std::{io::Read, ops::ControlFlow};

/// Records that must lack something before all are taken to lack it.
const ENOUGH: usize = 3;

/// What the first records have.
#[derive(Default)]
struct Sample {
    records: usize,
    usernames: usize,
    emails: usize,
    /// Records with keys that nobody knows, and those keys.
    with_unknown: usize,
    unknown: Unknown,
}

impl<R: Read> UserFile<R> {
    /// Reads the first records for what they all lack.
    ///
    /// # Errors
    /// A cause that concerns the whole file.
    pub(super) fn check_sample(&self, head: &str) -> Result<(), FileFault> {
        let sample = self.sample(head);
        let is_strict = matches!(&self.content, Content::Json(_, _, source) if source.is_strict());
        if is_strict && sample.with_unknown > 0 && sample.with_unknown == sample.records {
            return Err(FileFault::Content(unknown::fault("key", &sample.unknown.names())));
        }
        let lacks = |field, count| match &self.content {
            Content::Table(_, table) if table.has(field) => false,
            Content::Table(..) => count == 0 && sample.records > 0,
            Content::Json(..) => count == 0 && sample.records >= ENOUGH,
        };
        let naming = self.options.naming;
        if lacks(Field::Username, sample.usernames) && naming.rule == Rule::Column && !naming.fixes {
            return Err(FileFault::Content(
                "the users have no usernames; make them from the e-mail addresses with --username email-local-part or \
                 --username email, or name what has them with --column THEIRS=username"
                    .to_owned(),
            ));
        }
        if lacks(Field::Email, sample.emails) {
            return Err(FileFault::Content(
                "the users have no e-mail addresses; name what has them with --column THEIRS=email".to_owned(),
            ));
        }
        Ok(())
    }

    /// Reads the records at the beginning of the file, the last of which may be cut off. What is wrong with them is reported
    /// when they are read for good.
    fn sample(&self, head: &str) -> Sample {
        let mut sample = Sample::default();
        let mut unknown = Unknown::default();
        let mut each = |_, _: &str, draft: Result<Draft<'_>, String>| {
            if let Ok(mut draft) = draft
                && draft.notes().1.is_none()
            {
                sample.count(&draft);
            }
            ControlFlow::Continue(())
        };
        let settings = &self.options.settings;
        match &self.content {
            Content::Table(_, table) => {
                let mut records = Records::new(head.as_bytes(), table.dialect());
                if table.skip_header(&mut records).is_ok() {
                    drop(table.read(&mut records, settings, &mut each));
                }
            }
            Content::Json(_, layout, source) => {
                let document = Document { layout: *layout, source: *source, mapping: &self.options.mapping };
                drop(document.read(head.as_bytes(), settings, &mut unknown, &mut each));
            }
        }
        sample.unknown = unknown;
        sample
    }
}

impl Sample {
    fn count(&mut self, draft: &Draft<'_>) {
        self.records += 1;
        self.usernames += usize::from(*draft.get(Field::Username) != Value::Absent);
        self.with_unknown += usize::from(draft.has_unknown());
        self.emails += usize::from(*draft.get(Field::Email) != Value::Absent);
    }
}
