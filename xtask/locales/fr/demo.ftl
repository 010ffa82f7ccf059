# Ce que dit `cargo xtask demo` à la personne qui regarde.
demo-title = Isoloir : deux collègues se parlent par un serveur qui leur appartient.
demo-building = Construction du serveur et du client (quelques minutes la première fois).
demo-served = Le serveur répond à { $url } sans aucune configuration. Il a créé ses clés et son certificat.
demo-imported = { $people } personnes sont dans son annuaire, importées d’un fichier CSV.
demo-enrolled = { $login } est enrôlé avec un code à usage unique. Le serveur a prouvé son identité avant que le code ne parte.
demo-first-message = Premier message remis : les deux se sont trouvés par le serveur, puis ont ouvert un lien à eux ({ $path }).
demo-messages = { $delivered } messages remis sur { $sent }, dans les deux sens : la moitié en { $p50 } ms, 99 % en { $p99 } ms.
demo-file = Un fichier de { $mebibytes } Mio est passé à { $rate } Mio/s, à mémoire constante, égal des deux côtés ({ $equal ->
    [yes] vérifié
   *[no] PAS ÉGAL
}).
demo-killed = Le destinataire a été tué (SIGKILL) alors que { $mebibytes } Mio du fichier suivant étaient là.
demo-resumed = Relancé, il a repris à { $mebibytes } Mio et le fichier est { $equal ->
    [yes] égal
   *[no] DIFFÉRENT
}.
demo-stored-nothing = Ce que le serveur a conservé de tout cela : rien. Pas une ligne de sa base n’a changé.
demo-stored-something = La base du serveur A CHANGÉ pendant que les deux se parlaient : { $tables }
demo-step = { $seconds } s  { $text }
demo-console = Ouvrez la console des administrateurs dans un navigateur ; le lien sert une seule fois :
demo-by-hand = Parlez vous-même, dans deux terminaux (F1 montre les touches, F10 quitte) :
demo-by-script = La même chose pour des scripts :
demo-staying = Tout reste en marche jusqu’à Ctrl-C ; le dossier { $folder } est ensuite supprimé.
demo-ended = Terminé, supprimé.
demo-interrupted = Interrompu.
demo-failed = La démonstration a échoué : { $reason }
demo-hello = Bonjour, l’acte est prêt pour la signature.
