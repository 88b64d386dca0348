//! Views of the desk that a person saves for themselves.

use portico_store::{queries::saved_view, work};
use portico_web::{Answer, Error, StaffVisitPost, go};

/// Only a query string that the desk itself wrote is kept.
fn clean(filter: &str) -> String {
    filter.chars().filter(|c| c.is_ascii_alphanumeric() || "=&_-%+.".contains(*c)).take(500).collect()
}

/// Saves the filters in use under a name.
pub async fn save(post: StaffVisitPost) -> Answer {
    let name: String = post.form.get("name").chars().take(60).collect();
    let filter = clean(post.form.get("filter"));
    if name.is_empty() {
        return Err(Error::Refused("Give the view a name, for example “My overdue”.".into()));
    }
    let (organisation, me) = (post.visit.organisation(), post.visit.me.staff.id);
    let view = saved_view::SavedView { id: post.visit.app.ids.next(), name, filter: filter.clone() };
    post.write(work!(tx, [view] => Ok(saved_view::insert(tx.conn(), organisation, me, &view).await?))).await?;
    go(format!("/desk?{filter}"))
}

/// Removes one.
pub async fn remove(post: StaffVisitPost) -> Answer {
    let id = post.form.read("view-id").ok_or(Error::NotFound)?;
    let (organisation, me) = (post.visit.organisation(), post.visit.me.staff.id);
    post.write(work!(tx, [] => Ok(saved_view::delete(tx.conn(), organisation, me, id).await?))).await?;
    go("/desk")
}
