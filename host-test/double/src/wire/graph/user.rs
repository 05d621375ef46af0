//! `/users` and `/users/delta`.

use super::change::Kind;
use crate::model::{Person, Tenant};
use crate::wire::collection::{Collection, Query, Rows};
use crate::wire::each::Each;
use crate::wire::json::Object;
use crate::wire::time::seconds;
use std::sync::Arc;

/// Accounts, with every property that there is; without `$select` the service gives only some.
pub const USERS: Collection = Collection { context: "users", open };

/// Accounts that were made, changed or removed. When somebody signed in is not looked at.
pub const USER_CHANGES: Collection = Collection { context: "users", open: |tenant, query| KIND.changes(tenant, query) };

const KIND: Kind = Kind {
    count: Tenant::account_count,
    standing: Tenant::standing_of_account,
    id: |tenant, index| tenant.account(index).object_id,
    write: |tenant, index, period, out| {
        if let Some(person) = tenant.person(index, period) {
            write(tenant, &person, false, out);
        }
    },
};

fn open(tenant: &Arc<Tenant>, query: Query<'_>) -> Option<Box<dyn Rows>> {
    let load = |tenant: &Tenant, index, period, list: &mut Vec<Person>| list.extend(tenant.person(index, period));
    Each::open(tenant, query, tenant.account_count(query.period), load, |tenant, _, person, out| {
        write(tenant, person, true, out);
    })
}

fn write(tenant: &Tenant, person: &Person, has_sign_in: bool, out: &mut Vec<u8>) {
    let account = &person.account;
    let domain = account.dns_domain();
    let is_synced = domain.is_some();
    let synced = |value: &str| is_synced.then(|| value.to_owned());
    let mut row = Object::open(out);
    row.texts("businessPhones", person.phone.as_deref());
    row.text("displayName", &person.display_name());
    row.text("givenName", &person.given_name);
    row.optional("jobTitle", person.job_title);
    row.optional("mail", person.mail.as_deref());
    row.null("mobilePhone");
    row.optional("officeLocation", person.office);
    row.null("preferredLanguage");
    row.text("surname", &person.surname);
    row.text("userPrincipalName", &account.principal);
    row.text("id", &account.object_id);
    row.flag("accountEnabled", person.is_enabled);
    row.text("department", person.department);
    row.optional("employeeId", person.employee_id.as_deref());
    row.text("companyName", &tenant.name());
    // Older accounts have no type.
    row.optional("userType", (account.index % 17 != 3).then_some("Member"));
    seconds(row.name("createdDateTime"), account.created);
    row.text("mailNickname", &account.name);
    row.optional("onPremisesDomainName", domain);
    row.optional("onPremisesSamAccountName", synced(&account.name).as_deref());
    row.optional("onPremisesSecurityIdentifier", synced(&account.sid).as_deref());
    row.optional("onPremisesImmutableId", synced(&format!("{:022}==", account.index)).as_deref());
    row.optional_flag("onPremisesSyncEnabled", is_synced.then_some(true));
    row.text("securityIdentifier", &person.cloud_sid);
    row.texts("proxyAddresses", person.mail.as_ref().map(|mail| format!("SMTP:{mail}")).as_deref());
    row.texts("otherMails", []);
    if has_sign_in {
        match person.last_sign_in {
            None => row.null("signInActivity"),
            Some(moment) => row.object("signInActivity", |activity| {
                seconds(activity.name("lastSignInDateTime"), moment);
                activity.null("lastSignInRequestId");
                seconds(activity.name("lastNonInteractiveSignInDateTime"), moment.after(600));
                activity.null("lastNonInteractiveSignInRequestId");
            }),
        }
    }
    row.close();
}
