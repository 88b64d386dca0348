//! Shows files to the virus scanner that was away when they were sent. Until then nobody opens them.

use std::sync::Arc;

use portico_files::clamd::{self, Verdict};
use portico_store::{Failure, queries::attachment, work, work::Practice};

use super::{JobError, Jobs, said};

pub(super) async fn run(jobs: &Jobs, practice: &Arc<Practice>) -> Result<(), JobError> {
    let organisation = practice.organisation.id;
    let waiting = attachment::unchecked(&mut jobs.store.reader().await?, organisation).await?;
    for (id, item) in waiting {
        let found = attachment::load(&mut jobs.store.reader().await?, organisation, item, id).await?;
        let Some((_, Some(content))) = found else { continue };
        // Without a scanner any more, nobody could say that it is clean: it stays closed, and staff can remove it.
        let Some(address) = &jobs.post.scanner else { continue };
        let verdict = match clamd::scan(address, &content).await {
            Ok(verdict) => verdict,
            // Away still: the next ones would wait for nothing.
            Err(error) => {
                tracing::warn!(%error, "files wait for the virus scanner");
                return Ok(());
            }
        };
        let practice = practice.clone();
        let write = jobs.store.write(
            organisation,
            None,
            work!(tx, [practice, verdict] => match &verdict {
                Verdict::Clean => attachment::checked(tx.conn(), organisation, id).await.map_err(Failure::from),
                Verdict::Infected(virus) => work::infected(tx, &practice, item, id, virus).await,
            }),
        );
        said("a file that was scanned", write.await.map_err(JobError::from));
    }
    Ok(())
}
