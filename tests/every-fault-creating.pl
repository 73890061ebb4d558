#!/usr/bin/perl
# every-fault-creating.pl REPORT SIZE LOG SLOW LEG... DISK...: makes, suspends, resumes, reloads, asks and removes a quorum
# device, with each fault in turn, see faults.pm.
use strict;
use warnings;
use lib 'tests';
use Fcntl;
use faults;

use constant { AT => 65536, BYTES => 8192, HELD => 0x32 };

faults::begin(@ARGV);
my @options = qw(rewrite_corrupted max_leg_errors 3);
my $plain = faults::table(@options);
my $other = faults::table(@options[0, 1], 4);
my @log = ('log', 'disk', 2, $faults::log, 1024);
my $logged = faults::table(@options, @log);

my $nothing = [0, $faults::size, 'error', ''];

# closed(): whether the legs are
sub closed {
	for (@faults::legs, $faults::log) {
		sysopen my $leg, $_, O_RDONLY | O_EXCL or return "$_ is open";
	}
	return '';
}
# fine(WORDS, [FAULT]): the device is in order, and these words are in its table. A fault may have been a request of a leg
sub fine {
	my ($words, $fault) = @_;
	faults::idle();
	return "another table: @{[dm::table('q')]}" if dm::table('q') !~ /$words/;
	my $is = faults::status();
	dm::message('q', 'reset_counters') if ($fault // '') =~ /task|request/ && $is->{reads} + $is->{writes} == 1;
	return faults::sound() || faults::reads(HELD, AT, BYTES);
}
# works(WORDS): and it has all that it takes to go on without memory
sub works {
	my ($words) = @_;
	my $wrong = fine($words);
	return $wrong if $wrong;
	faults::fill(HELD, BYTES);
	faults::without_memory(sub { faults::pwrite(AT, BYTES); faults::pread(AT, BYTES) });
	return fine($words);
}
# walk_into(WHAT, TABLE, WORDS): a table is loaded and comes into force, in the place of one without legs
sub walk_into {
	my ($what, $table, $words) = @_;
	my $heal = sub { dm::reload('q', $nothing) };
	faults::walk("load_$what", 'task', {
		do => sub { dm::load('q', $table) },
		after => sub {
			my ($error, $struck) = @_;
			if ($error) {
				return eval { dm::loaded('q') } ? 'refused, and loaded' : closed();
			}
			# what has failed was not needed: was it not?
			dm::resume('q') if $struck;
			return $struck && works($words);
		},
		heal => sub { $heal->(); my $open = closed(); die $open if $open },
	});
	faults::walk("activate_$what", 'task', {
		before => sub { dm::load('q', $table) },
		do => sub { dm::resume('q') },
		after => sub { dm::reload('q', $table) if $_[0]; fine($words) },
		heal => $heal,
	});
}

# each leg has its data
faults::create($plain);
faults::fill(HELD, BYTES);
faults::pwrite(AT, BYTES);
dm::reload('q', $nothing);
walk_into('plain', $plain, 'max_leg_errors 3');
walk_into('log', $logged, 'log disk');

# lives(WHAT, TABLE, OTHER, WORDS): the device changes its table, is suspended, resumed and removed, after a write, while a
# fault strikes in this task, or in any that works for the module
sub lives {
	my ($what, $table, $other, $words) = @_;
	my $write = sub { faults::fill(HELD, BYTES); faults::pwrite(AT, BYTES) };
	my $again = sub { dm::reload('q', $table) };
	dm::reload('q', $table);
	for my $fault ('task', @faults::kinds) {
		my $is_fine = sub { fine($_[0], $fault) };
		faults::walk("exchange_$what", $fault, {
			before => sub { $write->(); dm::load('q', $other) },
			do => sub { dm::resume('q') },
			after => sub {
				my ($error) = @_;
				dm::resume('q') if $error;
				return $is_fine->($error ? $words : 'max_leg_errors 4');
			},
			heal => $again,
		});
		faults::walk("suspend_$what", $fault, {
			before => $write,
			do => sub { dm::suspend('q') },
			after => sub { dm::resume('q'); $is_fine->($words) },
			heal => $again,
		});
		faults::walk("resume_$what", $fault, {
			before => sub { $write->(); dm::suspend('q') },
			do => sub { dm::resume('q') },
			after => sub { dm::resume('q') if $_[0]; $is_fine->($words) },
			heal => $again,
		});
		faults::walk("remove_$what", $fault, {
			before => $write,
			do => sub { close $faults::file; dm::remove('q') },
			after => sub { $_[0] ? $is_fine->($words) : closed() },
			heal => sub { faults::remove() if eval { dm::status('q') }; faults::create($table) },
		});
	}
}

my $table = 'max_leg_errors 3';
lives('log', $logged, faults::table(@options[0, 1], 4, @log), $table);
lives('plain', $plain, $other, $table);
faults::walk('status', 'task', { do => \&faults::status, after => sub { fine($table) } });
faults::walk('table', 'task', { do => sub { dm::table('q') }, after => sub { fine($table) } });
for my $message ('list_mismatches', 'reset_counters', 'check 0 64', 'repair 0 64', 'resync', 'idle', 'frozen', 'restore 1',
	'nonsense') {
	faults::walk('message_' . $message =~ tr/ /_/r, 'task', {
		do => sub { eval { dm::message('q', $message); 1 } or $message =~ /restore|nonsense/ or die $@ },
		after => sub {
			dm::message('q', 'idle') if $message eq 'frozen';
			return fine($table);
		},
	});
}
faults::walk('message_fail', 'task', {
	do => sub { dm::message('q', 'fail 1') },
	after => sub {
		my $health = faults::status()->{health};
		return $health eq ($_[0] ? 'AAA' : 'ADA') ? faults::reads(HELD, AT, BYTES) : "$health afterwards";
	},
	heal => sub { eval { dm::message('q', 'restore 1') }; faults::idle() },
});
faults::walk('message_restore', 'task', {
	before => sub { dm::message('q', 'fail 1') },
	do => sub { dm::message('q', 'restore 1') },
	after => sub { dm::message('q', 'restore 1') if $_[0]; fine($table) },
});
faults::remove();
