"""Cloud Map's operations, one method each, by noun. :class:`hatoba.cloud.cloudmap.CloudMap` lists them."""
