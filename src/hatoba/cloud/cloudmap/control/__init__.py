"""Cloud Map's rules, pure: values in, a verdict out.

``names`` ids and ARNs · ``services`` what a service may be · ``instances`` which attributes an instance
needs · ``discovery`` whom DiscoverInstances answers · ``zone`` what DNS answers · ``filters`` of the lists ·
``tags`` their limits.
"""
