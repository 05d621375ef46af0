//! The record of a logged-on user.

use defender_rows::record::field_table;

field_table! {
    /// Members of a logged-on user, and the columns beside them that `hunting` asks for. Source: samples of "List machine
    /// logon users", older and newer; there is no property table.
    pub(super) Field {
        Id = "id",
        AccountName = "accountName",
        AccountDomain = "accountDomain",
        AccountSid = "accountSid",
        FirstSeen = "firstSeen",
        LastSeen = "lastSeen",
        MostPrevalentMachineId = "mostPrevalentMachineId",
        LeastPrevalentMachineId = "leastPrevalentMachineId",
        LogonTypes = "logonTypes",
        LogOnMachinesCount = "logOnMachinesCount",
        IsDomainAdmin = "isDomainAdmin",
        IsOnlyNetworkUser = "isOnlyNetworkUser",
        DeviceId = "deviceId",
        DeviceName = "deviceName",
        IsLocalAdmin = "isLocalAdmin",
    }
}
