"""Every fix that a finding advises is made, and the queries are counted again."""
