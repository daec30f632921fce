# A web server that answers every GET with one JSON object: perl http-web.pl ADDRESS PORT MESSAGE. It needs nothing but Debian's perl-base.
use strict;
use warnings;
use IO::Socket::IP;

my ($address, $port, $message) = @ARGV;
my $host = $address =~ /:/ ? "[$address]" : $address;
my $server = IO::Socket::IP->new(Listen => 16, LocalAddr => $address, LocalPort => $port, ReuseAddr => 1)
  or die "http server failed, err:$@\n";
$| = 1;
$SIG{PIPE} = "IGNORE";
print "App URL: http://$host:$port\n";
my $reply = sprintf '{"Age":12,"Msg":"%s"}', $message =~ s/(["\\])/\\$1/gr;
while (my $client = $server->accept) {
  while (my $line = <$client>) { last if $line =~ /^\r?$/ }
  print $client "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: ", length $reply, "\r\nConnection: close\r\n\r\n$reply";
  close $client;
  print "Reply MSG:$reply\tlen(Msg):", length $reply, "\n";
}
