"""What a hub and a department agree on before one joins the other: which hosts a certificate may name, and the one line that invites.

Both sides judge by this code, so a department hears before its token is used what the hub would have refused. Pure: no gRPC, no files.
"""
