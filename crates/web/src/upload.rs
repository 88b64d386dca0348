//! Forms that carry files: read with bounds on everything, a few at a time.

use std::{sync::Arc, time::Duration};

use axum::{body::Body, http::HeaderMap};
use futures_util::TryStreamExt;
use multer::{Constraints, Multipart, SizeLimit};
use portico_files::{AT_ONCE, BYTES};

use crate::{App, Error, Form, form::BODY_MAX};

/// A file as it was sent; nothing of it has been looked at.
#[derive(Debug, Clone)]
pub struct Upload {
    /// The name that the browser gives it.
    pub name: String,
    /// What is in it.
    pub bytes: Vec<u8>,
}

/// How long sending may take over a slow line.
const PATIENCE: Duration = Duration::from_secs(180);

/// Whether a body is a form with files.
pub(crate) fn is_multipart(headers: &HeaderMap) -> Option<String> {
    let kind = headers.get(axum::http::header::CONTENT_TYPE)?.to_str().ok()?;
    multer::parse_boundary(kind).ok()
}

/// The fields and the files of a form. What the files hold is part of the form's key, so that sending others is another form.
pub(crate) async fn read(app: &App, body: Body, boundary: String) -> Result<(Form, Arc<Vec<Upload>>), Error> {
    let _turn = app.uploads.acquire().await.map_err(|e| Error::Broken(e.to_string()))?;
    match tokio::time::timeout(PATIENCE, parts(body, boundary)).await {
        Ok(read) => read,
        Err(_) => Err(Error::Refused("Sending took too long, and nothing was taken. Send fewer or smaller files at once.".into())),
    }
}

async fn parts(body: Body, boundary: String) -> Result<(Form, Arc<Vec<Upload>>), Error> {
    let most = (AT_ONCE * BYTES + BODY_MAX) as u64;
    // One byte more than is taken, so that a file that is too large is told from one that fits.
    let limits = SizeLimit::new().whole_stream(most).per_field(BYTES as u64 + 1);
    let stream = body.into_data_stream().map_err(std::io::Error::other);
    let mut form = Multipart::with_constraints(stream, boundary, Constraints::new().size_limit(limits));
    let (mut fields, mut files) = (Vec::new(), Vec::new());
    while let Some(field) = form.next_field().await.map_err(refused)? {
        let name = field.name().unwrap_or_default().to_owned();
        match field.file_name().map(str::to_owned) {
            Some(file) => {
                let bytes = field.bytes().await.map_err(refused)?.to_vec();
                // A box in which nothing was chosen is sent as a file without a name.
                if file.is_empty() && bytes.is_empty() {
                    continue;
                }
                if files.len() == AT_ONCE {
                    return Err(Error::Refused(format!("Send at most {AT_ONCE} files at once. Nothing was taken.")));
                }
                let hash: String = portico_store::hash_of(&bytes).iter().take(8).map(|b| format!("{b:02x}")).collect();
                fields.push(("_file".to_owned(), hash));
                files.push(Upload { name: file, bytes });
            }
            None => {
                let bytes = field.bytes().await.map_err(refused)?;
                if bytes.len() > BODY_MAX || fields.len() > 200 {
                    return Err(Error::TooLarge);
                }
                fields.push((name, String::from_utf8_lossy(&bytes).replace("\r\n", "\n").replace('\0', "")));
            }
        }
    }
    Ok((Form::of(fields), Arc::new(files)))
}

fn refused(error: multer::Error) -> Error {
    match error {
        multer::Error::FieldSizeExceeded { .. } | multer::Error::StreamSizeExceeded { .. } => Error::Refused(
            "A file is larger than 10 MB, and nothing was taken. Take the photo again with a lower resolution, or send fewer at once."
                .into(),
        ),
        _ => Error::Refused("The files did not arrive whole, and nothing was taken. Send them again.".into()),
    }
}
