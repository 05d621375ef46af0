"""Reads the double with one client and prints how many things it found: `python3 read.py CLIENT`.

Every client is as it comes from PyPI and talks to the real host names. It is led to the double by HTTPS_PROXY, and trusts
its authority by REQUESTS_CA_BUNDLE and SSL_CERT_FILE.
"""

import asyncio
import gzip
import os
import re
import subprocess
import sys

import requests

TENANT = os.environ["DOUBLE_TENANT"]
CLIENT = os.environ["DOUBLE_CLIENT"]
SECRET = os.environ["DOUBLE_SECRET"]
CERTIFICATE = os.environ["DOUBLE_CERTIFICATE"]  # PEM, certificate and key
FOLDER = os.environ["DOUBLE_FOLDER"]
DEFENDER = "https://api.securitycenter.microsoft.com/.default"
GRAPH = "https://graph.microsoft.com/.default"
API = "https://api.security.microsoft.com/api"


def get(url, token):
    answer = requests.get(url, headers={"Authorization": f"Bearer {token}"}, timeout=60)
    answer.raise_for_status()
    return answer.json()


def machines(token):
    return len(get(f"{API}/machines", token)["value"])


def by_msal(credential):
    import msal

    authority = f"https://login.microsoftonline.com/{TENANT}"
    application = msal.ConfidentialClientApplication(CLIENT, authority=authority, client_credential=credential)
    answer = application.acquire_token_for_client(scopes=[DEFENDER])
    if "access_token" not in answer:
        raise SystemExit(f"{answer.get('error')}: {answer.get('error_description')}")
    return machines(answer["access_token"])


def pem():
    with open(CERTIFICATE, encoding="ascii") as file:
        return file.read()


def msal_secret():
    return by_msal(SECRET)


def msal_certificate():
    """PS256 with x5t#S256: without a thumbprint MSAL takes the newer way."""
    key = re.search("-----BEGIN PRIVATE KEY-----.*-----END PRIVATE KEY-----", pem(), re.DOTALL).group()
    certificate = re.search("-----BEGIN CERTIFICATE-----.*-----END CERTIFICATE-----", pem(), re.DOTALL).group()
    return by_msal({"private_key": key, "public_certificate": certificate})


def msal_thumbprint():
    """RS256 with x5t."""
    from cryptography import x509
    from cryptography.hazmat.primitives import hashes

    thumbprint = x509.load_pem_x509_certificate(pem().encode()).fingerprint(hashes.SHA1()).hex()
    return by_msal({"private_key": pem(), "thumbprint": thumbprint})


def azure_identity_secret():
    from azure.identity import ClientSecretCredential

    return machines(ClientSecretCredential(TENANT, CLIENT, SECRET).get_token(DEFENDER).token)


def azure_identity_certificate():
    from azure.identity import CertificateCredential

    return machines(CertificateCredential(TENANT, CLIENT, CERTIFICATE).get_token(DEFENDER).token)


def links(export):
    from azure.identity import ClientSecretCredential

    token = ClientSecretCredential(TENANT, CLIENT, SECRET).get_token(DEFENDER).token
    return get(f"{API}/machines/{export}", token)["exportFiles"]


def azure_storage_blob():
    """In parts of 16 KiB, each under the condition that the file is still the same."""
    from azure.storage.blob import BlobClient

    rows = 0
    for link in links("SoftwareInventoryExport"):
        client = BlobClient.from_blob_url(link, max_single_get_size=16384, max_chunk_get_size=16384)
        file = client.download_blob().readall()
        if len(file) != client.get_blob_properties().size:
            raise SystemExit("the parts of a file are not as long as its properties say")
        rows += len(gzip.decompress(file).splitlines())
    return rows


def msgraph_core():
    """The number that a hunting query counts."""
    from azure.identity.aio import ClientSecretCredential
    from kiota_abstractions.api_client_builder import register_default_deserializer
    from kiota_abstractions.method import Method
    from kiota_abstractions.request_information import RequestInformation
    from kiota_abstractions.serialization import Parsable
    from kiota_authentication_azure.azure_identity_authentication_provider import AzureIdentityAuthenticationProvider
    from kiota_serialization_json.json_parse_node_factory import JsonParseNodeFactory
    from msgraph_core import BaseGraphRequestAdapter

    register_default_deserializer(JsonParseNodeFactory)

    class Row(Parsable):
        """The only row of the result."""

        @staticmethod
        def create_from_discriminator_value(_node):
            return Row()

        def get_field_deserializers(self):
            return {"Count": lambda node: setattr(self, "count", node.get_int_value())}

        def serialize(self, _writer):
            pass

    class Result(Parsable):
        @staticmethod
        def create_from_discriminator_value(_node):
            return Result()

        def get_field_deserializers(self):
            return {"results": lambda node: setattr(self, "rows", node.get_collection_of_object_values(Row))}

        def serialize(self, _writer):
            pass

    async def hunt():
        async with ClientSecretCredential(TENANT, CLIENT, SECRET) as credential:
            provider = AzureIdentityAuthenticationProvider(credential, scopes=[GRAPH])
            adapter = BaseGraphRequestAdapter(provider)
            request = RequestInformation()
            request.http_method = Method.POST
            request.url = "https://graph.microsoft.com/v1.0/security/runHuntingQuery"
            request.headers.add("Accept", "application/json")
            request.set_stream_content(b'{"Query": "DeviceLogonEvents | count"}', "application/json")
            answer = await adapter.send_async(request, Result, {})
            return answer.rows[0].count

    return asyncio.run(hunt())


def check_msdefender():
    """A plugin for Nagios; it gives the number of devices in its performance data."""
    settings = os.path.join(FOLDER, "check_msdefender.ini")
    with open(settings, "w", encoding="ascii") as file:
        file.write(f"[auth]\nclient_id = {CLIENT}\ntenant_id = {TENANT}\nclient_secret = {SECRET}\n")
    program = os.path.join(os.path.dirname(sys.executable), "check_msdefender")
    done = subprocess.run([program, "machines", "-c", settings], capture_output=True, text=True, cwd=FOLDER)
    found = re.search(r"\|\s*'?machines'?=(\d+)", done.stdout)
    if found is None:
        raise SystemExit(f"{done.stdout}{done.stderr}")
    return int(found.group(1))


if __name__ == "__main__":
    print(globals()[sys.argv[1]]())
