"""Ports for the servers of tests."""
import random
import socket


def free_port(*others):
    """None of `others`. Below those that the kernel gives to connections (net.ipv4.ip_local_port_range): one of these may
    be anybody's before the server has it, here or when it is started again."""
    while True:
        port = random.randrange(20_000, 32_000)
        with socket.socket() as probe:
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
        if port not in others:
            return port
