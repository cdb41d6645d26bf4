"""From a definition to the graph of AWS resources that it means. Pure: no call, no file, no clock."""
