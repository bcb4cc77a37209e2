"""The rooms: one spec each, all of one shape. A room that is in neither ``ROOMS`` nor ``FITTED`` does not exist."""

from firmware.features.accounting import accounting
from firmware.features.actuals import actuals
from firmware.features.admin import admin
from firmware.features.alerts import alerts
from firmware.features.constraints import constraints
from firmware.features.dnssd import dnssd
from firmware.features.document_object import document_object
from firmware.features.driverless import driverless
from firmware.features.events import events
from firmware.features.everywhere import everywhere
from firmware.features.finishings import finishings
from firmware.features.formats import formats
from firmware.features.identify import identify
from firmware.features.ipp2 import ipp2
from firmware.features.ipp11 import ipp11
from firmware.features.ippget import ippget
from firmware.features.job_control import job_control
from firmware.features.job_extensions import job_extensions
from firmware.features.job_retention import job_retention
from firmware.features.job_storage import job_storage
from firmware.features.job_template import job_template
from firmware.features.job_times import job_times
from firmware.features.labels import labels
from firmware.features.media import media
from firmware.features.notifications import notifications
from firmware.features.overrides import overrides
from firmware.features.pclm import pclm
from firmware.features.print_uri import print_uri
from firmware.features.privacy import privacy
from firmware.features.production import production
from firmware.features.proof import proof
from firmware.features.query import query
from firmware.features.raster import raster
from firmware.features.release import release
from firmware.features.settings import settings
from firmware.features.submission import submission
from firmware.features.supplies import supplies
from firmware.features.user_policy import user_policy
from firmware.features.wifi import wifi

ROOMS = (
    query,
    submission,
    document_object,
    job_control,
    job_extensions,
    job_template,
    job_times,
    job_retention,
    constraints,
    media,
    labels,
    production,
    finishings,
    actuals,
    overrides,
    formats,
    raster,
    pclm,
    driverless,
    dnssd,
    identify,
    release,
    user_policy,
    job_storage,
    proof,
    accounting,
    privacy,
    settings,
    admin,
    supplies,
    alerts,
    wifi,
    events,
    notifications,
    ippget,
    ipp11,
    ipp2,
    everywhere,
)

FITTED = (print_uri,)
"""Rooms that a printer has only where its board asks for them."""
