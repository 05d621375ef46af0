//! `/organization`: exactly one.

use crate::model::{Moment, Tenant};
use crate::wire::collection::{Collection, Query, Rows};
use crate::wire::json::{Object, nested};
use crate::wire::time::seconds;
use crate::wire::walk::Items;
use std::sync::Arc;

/// The tenant.
pub const ORGANIZATION: Collection = Collection { context: "organization", open };

fn open(tenant: &Arc<Tenant>, query: Query<'_>) -> Option<Box<dyn Rows>> {
    Items::open(tenant, query, vec![()], |tenant, period, (), out| {
        let mut row = Object::open(out);
        row.text("id", &tenant.id());
        row.null("deletedDateTime");
        row.texts("businessPhones", ["+49 221 555 0"]);
        row.nulls(&["city", "country"]);
        row.text("countryLetterCode", "DE");
        seconds(row.name("createdDateTime"), Moment::start_of(-9000));
        row.text("defaultUsageLocation", "DE");
        row.text("displayName", &tenant.name());
        row.null("isMultipleDataLocationsForServicesEnabled");
        row.texts("marketingNotificationEmails", []);
        seconds(row.name("onPremisesLastSyncDateTime"), Moment::start_of(period.tick()).after(900));
        row.flag("onPremisesSyncEnabled", true);
        row.null("partnerTenantType");
        row.nulls(&["postalCode", "preferredLanguage", "privacyProfile", "state", "street"]);
        row.texts("securityComplianceNotificationMails", []);
        row.texts("technicalNotificationMails", ["it@corp.example"]);
        row.text("tenantType", "AAD");
        row.object("directorySizeQuota", |quota| {
            quota.number("used", tenant.account_count(period) + tenant.directory_device_count(period));
            quota.number("total", 300_000_u32);
        });
        row.list("assignedPlans", ["WindowsDefenderATP", "SCO", "exchange"], |service, out| {
            nested(out, |plan| {
                seconds(plan.name("assignedDateTime"), Moment::start_of(-2000));
                plan.text("capabilityStatus", "Enabled");
                plan.text("service", service);
                plan.text("servicePlanId", &tenant.root().at("plan").at(service).guid());
            });
        });
        row.texts("provisionedPlans", []);
        let domains = [
            ("corp.example", true, false),
            ("lab.corp.example", false, false),
            ("works.onmicrosoft.example", false, true),
        ];
        row.list("verifiedDomains", domains, |(name, is_default, is_initial), out| {
            nested(out, |domain| {
                domain.text("capabilities", "Email, OfficeCommunicationsOnline");
                domain.flag("isDefault", is_default);
                domain.flag("isInitial", is_initial);
                domain.text("name", name);
                domain.text("type", "Managed");
            });
        });
        row.close();
    })
}
