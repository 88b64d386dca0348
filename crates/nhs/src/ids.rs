use serde::{Deserialize, Serialize};
use uuid::Uuid;

macro_rules! ids {
    ($($(#[$meta:meta])* $name:ident)+) => {$(
        $(#[$meta])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
        #[serde(transparent)]
        pub struct $name(pub Uuid);
        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result { self.0.simple().fmt(f) }
        }
        impl std::str::FromStr for $name {
            type Err = uuid::Error;
            fn from_str(text: &str) -> Result<Self, Self::Err> { Uuid::parse_str(text).map(Self) }
        }
        impl From<Uuid> for $name { fn from(id: Uuid) -> Self { Self(id) } }
    )+};
}

ids! {
    /// The tenant: a practice, hub or trust.
    OrganisationId
    /// A group of staff that owns work.
    TeamId
    /// A person who works for the organisation.
    StaffId
    /// A person the organisation looks after.
    PatientId
    /// Anything on the desk.
    WorkItemId
    /// A form that a patient has begun and not sent.
    DraftId
    /// A clinician's session of slots.
    SessionId
    /// A room of a site.
    RoomId
    /// A session template, through all its versions.
    TemplateId
    /// A change of the rota: leave, a clinic cancelled, a template edited.
    RotaChangeId
    /// One bookable stretch of a session.
    SlotId
    /// A patient's place in a slot.
    BookingId
    /// One message to or from a patient.
    MessageId
    /// One photo or document on a request.
    AttachmentId
    /// One line on a patient's timeline.
    RecordEntryId
    /// One unit of background work.
    JobId
    /// One practice closure.
    ClosureId
    /// One saved view of the desk.
    SavedViewId
}
