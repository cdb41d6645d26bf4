"""EC2's rules, pure.

``ids`` · ``zones`` regions and their zones · ``addresses`` ranges and free addresses · ``defaults`` what
stands in a region or a VPC from the start · ``rules`` of security groups · ``filters`` of all lists ·
``tags``.
"""
