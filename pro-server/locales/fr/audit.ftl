# Ce qu’une vérification de l’audit constate, et que faire.

about-audit-checkpoint = Afficher le dernier point de contrôle signé de l’audit, à conserver ailleurs.
arg-against = Un export ou un point de contrôle antérieur que quelqu’un a conservé : l’audit doit en être la suite
audit-broken = L’audit N’EST PAS tel qu’il a été signé.
audit-broken-next =
    Que faire maintenant : laissez le serveur et sa base en l’état ; copiez à part le dossier de données, la base et ce texte avant que quiconque répare quoi que ce soit. Exportez l’audit (« pro-server audit export ») et comparez avec un export ou un point de contrôle antérieur (« pro-server audit verify --against ANCIEN »). Demandez qui peut écrire dans la base. Alors seulement, restaurez une sauvegarde.
refused-other-checkpoint = Le fichier de comparaison n’est ni un point de contrôle de l’audit de cette organisation, ni un export qui se termine par un tel point. Rien n’a été vérifié.

audit-found-line = La ligne { $first } du fichier n’est pas telle que le serveur l’a écrite.
audit-found-keys = Les clés de la première ligne n’appartiennent pas à une même organisation : ce n’est pas un export d’un serveur, ou sa première ligne a été modifiée.
audit-found-unfinished = Le fichier s’arrête avant sa fin : ses dernières lignes ont été coupées, ou il a été copié pendant son écriture.
audit-found-unreadable = Le fichier ne peut pas être lu jusqu’au bout.
audit-found-row = Une ligne de la base contient ce que le serveur n’écrit jamais : quelqu’un l’a ajoutée ou modifiée.
audit-found-changed = L’inscription { $first } a été modifiée : elle ne correspond pas à l’empreinte qui l’accompagne.
audit-found-missing = Les inscriptions { $first } à { $last } manquent : leurs lignes ont été supprimées.
audit-found-order = L’inscription { $first } occupe la place de l’inscription { $last } : des inscriptions ont été déplacées, répétées ou ajoutées.
audit-found-exchanged = Les inscriptions { $first } et { $last } ont échangé leurs places, ou l’une a été écrite par-dessus l’autre.
audit-found-rewritten = Parmi les inscriptions { $first } à { $last }, une au moins a été modifiée, déplacée ou remplacée avec son empreinte. Tout ce qui précède est conforme à ce qui a été signé.
audit-found-truncated = La fin a été coupée : { $last } inscriptions ont été signées, il en reste { $first }.
audit-found-unsigned = Les inscriptions { $first } à { $last } n’ont jamais été signées : elles ont été ajoutées, ou le point de contrôle qui les couvrait a été supprimé.
audit-found-checkpoint = Le point de contrôle des { $first } premières inscriptions a été modifié : la clé du serveur ne l’a pas signé.
audit-found-no-checkpoint = Il n’y a aucun point de contrôle signé : il a été supprimé, et sans lui rien ne peut être vérifié.
audit-found-forked = Le journal a bifurqué : la clé du serveur a signé deux histoires différentes des { $first } premières inscriptions. Quelqu’un qui détient la clé a réécrit le passé, à moins qu’une sauvegarde n’ait été restaurée entre-temps (l’audit le dit alors).
audit-found-rolled-back = L’audit est revenu en arrière : { $last } inscriptions avaient été vues, il y en a { $first }. Une base remise à un état antérieur l’explique, de même qu’une sauvegarde restaurée (l’audit le dit alors).
audit-found-party-key = La clé sous laquelle l’inscription { $first } nomme quelqu’un a été modifiée.
audit-found-party-keys-gone = { $last } clés sous lesquelles l’audit nomme des personnes ont disparu sans qu’aucun effacement inscrit à l’audit le dise. La première est celle de l’inscription { $first }.
audit-found-party-keys-foreign = { $first } clés de personnes n’appartiennent à aucune inscription : leurs lignes ont été ajoutées ou modifiées.

about-erase = Effacer une personne de tout ce que le serveur conserve : lignes, comptes, codes, et la clé sous laquelle l’audit la nomme. C’est sans retour.
about-people-export = Écrire tout ce que le serveur conserve d’une personne, en lignes JSON dans un fichier, à l’intention de cette personne.
arg-person-export = Le fichier à écrire ; il ne doit pas exister
arg-erase-whom = L’identifiant de connexion de la personne ; si elle a été retirée, son numéro
arg-erase-for-good = Oui, sans retour
erase-unsaid = Rien n’a été fait. L’effacement est sans retour : ni nom, ni identifiant, ni adresse ne sont conservés, et aucun annuaire ne fera revenir la personne. Si c’est bien ce que vous voulez, ajoutez --for-good. Prenez d’abord ce que la personne peut demander : « people export ».
refused-backup-under-way = Rien n’a été fait : une sauvegarde est en cours, qui contiendrait la personne. Recommencez quand elle sera écrite.
row-erased = Personne effacée : { $id }. Plus aucun fichier de la base ne la contient, et toutes les preuves se vérifient.
row-erased-backups = Les sauvegardes antérieures la contiennent encore ({ $count } ; les dernières : { $newest }). Supprimez-les.
row-erased-exports = Les exports antérieurs de l’audit ({ $count } ; les derniers : { $newest }) contiennent des pseudonymes que personne ne peut plus ouvrir, sauf avec une telle sauvegarde.
row-erased-elsewhere = Hors du serveur : archives du journal d’écriture et répliques d’un PostgreSQL, instantanés de disques et de machines, cartes d’enrôlement sur papier, appareils des personnes.
refused-not-compacted = La personne est effacée, mais les fichiers de la base n’ont pas pu être réécrits : des emplacements libérés peuvent encore la contenir. Quelque chose lit ou sauvegarde la base, ou le disque est plein : cherchez la cause, puis lancez : pro-server { $detail } --for-good
handover-erased_entry = qui aucune source ne peut faire revenir : une empreinte à clé du nom qu’elle lui donnait
audit-found-proof = La preuve ne mène pas à la racine signée : elle a été modifiée, ou prouve autre chose.
about-audit-prove = Écrire une preuve qu’une inscription figure dans l’audit, ou qu’il est la suite d’un point de contrôle antérieur, pour qui n’a pas l’audit.
arg-proof-entry = Le numéro de l’inscription, tel que l’affiche « audit list »
arg-proof-file = Le fichier à écrire ; il ne doit pas exister
row-proven = La preuve tient : { $what } audit de { $entries } inscriptions, signé le { $time }, racine { $root }.
row-proven-entry = l’inscription { $index } figure dans l’
row-proven-since = les { $index } premières inscriptions, telles que signées auparavant, sont celles de l’
refused-no-such-entry = L’audit n’a pas cette inscription, ou le point de contrôle antérieur en couvre davantage qu’il n’y en a.
