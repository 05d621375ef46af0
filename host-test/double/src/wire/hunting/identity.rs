//! `IdentityInfo`: the table that leads from a security identifier to the directory.

use super::bit::bit;
use crate::model::{Moment, Person, Tenant};
use crate::wire::collection::{Collection, Query, Rows};
use crate::wire::each::Each;
use crate::wire::json::Object;
use crate::wire::time::sevenths;
use std::sync::Arc;

/// The latest row of each account that is in the directory.
pub const IDENTITY_INFO: Collection = Collection { context: "IdentityInfo", open };

fn open(tenant: &Arc<Tenant>, query: Query<'_>) -> Option<Box<dyn Rows>> {
    let load = |tenant: &Tenant, index, period, list: &mut Vec<Person>| list.extend(tenant.person(index, period));
    Each::open(tenant, query, tenant.account_count(query.period), load, |tenant, period, person, out| {
        let account = &person.account;
        let is_of_cloud = account.is_of_cloud();
        let mut row = Object::open(out);
        sevenths(row.name("Timestamp"), Moment::start_of(period.tick()).after(1200));
        row.text("AccountObjectId", &account.object_id);
        row.text("AccountUpn", &account.principal);
        row.text("OnPremSid", if is_of_cloud { "" } else { &account.sid });
        row.text("CloudSid", &person.cloud_sid);
        row.text("AccountName", &account.name);
        row.text("AccountDomain", account.dns_domain().unwrap_or_else(|| tenant.dns_domain()));
        row.text("AccountDisplayName", &person.display_name());
        row.text("GivenName", &person.given_name);
        row.text("Surname", &person.surname);
        row.text("EmailAddress", person.mail.as_deref().unwrap_or_default());
        row.text("Department", person.department);
        row.text("JobTitle", person.job_title.unwrap_or_default());
        bit(&mut row, "IsAccountEnabled", person.is_enabled);
        row.text("CriticalityLevel", if account.is_domain_admin { "0" } else { "" });
        row.text("RiskLevel", "");
        row.text("RiskStatus", "");
        row.text("TenantMembershipType", "Member");
        row.text("IdentityEnvironment", if is_of_cloud { "Cloud" } else { "Hybrid" });
        let both = "[\"ActiveDirectory\",\"AzureActiveDirectory\"]";
        row.text("SourceProviders", if is_of_cloud { "[\"AzureActiveDirectory\"]" } else { both });
        row.text("ReportId", &account.object_id);
        row.close();
    })
}
