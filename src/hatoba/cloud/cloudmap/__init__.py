"""AWS Cloud Map: names, the services behind them, and the instances that stand there now.

::

    servicediscovery API ─→ api/ ─ rules ─→ control/ (pure)
                             │
                             └─→ store ─→ cloudmap.namespace · cloudmap.service · cloudmap.instance
                                            │ by the feed
                                          live (what stands now, decoded once)
              ┌─────────────────────────────┼──────────────────────────────┐
        DiscoverInstances            InstanceSource.discover         ZoneResolver (DNS)
          (any client)               (the gateway's targets)       (hatoba.discovery asks it)

All three read the same records through the same rules, so they never disagree.

What AWS does in the background for 5 to 60 seconds is done here within the call: an operation is
SUCCESS or FAIL when its id is given out. ``act`` is where Route 53 will come in.
https://docs.aws.amazon.com/cloud-map/latest/api/Welcome.html
"""

from hatoba.cloud.cloudmap.service import CloudMap

__all__ = ["CloudMap"]
